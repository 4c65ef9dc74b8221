import { formatMoney } from '@orderlog/order-domain';
import type { Fact, OrderState } from '../services/shapes.js';

/** The sums of an order that a reader follows from fact to fact. */
export const sums = ['total', 'captured', 'refunded', 'owed'] as const;
export type Sum = (typeof sums)[number];

/** How each sum stands after a fact, as the service wrote it; `before` where this fact moved it from something else. */
export type RunningMoney = Record<Sum, { text: string; moved: boolean; before: string | null }>;

/**
 * The running money of an order: each fact says what it changed, and what it does not name stays as it was; what no
 * fact has named yet is nothing, in the order's currency.
 * @param facts in the order of their versions
 * @param before the order as it stood before the first of them; undefined: they begin with version 1
 */
export function runningMoney(
  facts: readonly Pick<Fact, 'difference'>[],
  before?: Pick<OrderState, Sum | 'currency'>,
): RunningMoney[] {
  const stands = new Map<Sum, string>(
    before && sums.map((sum): [Sum, string] => [sum, formatMoney(before[sum], before.currency)]),
  );
  return facts.map(({ difference }) => {
    const moves = new Map<Sum, string | null>();
    for (const { what, before, after } of difference) {
      const sum = sums.find((name) => name === what);
      if (sum === undefined || after === null) continue;
      moves.set(sum, before);
      stands.set(sum, after);
    }
    const currency = [...stands.values()][0]?.split(' ')[1];
    const none = currency === undefined ? '–' : formatMoney(0, currency);
    return Object.fromEntries(
      sums.map((sum) => [
        sum,
        { text: stands.get(sum) ?? none, moved: moves.has(sum), before: moves.get(sum) ?? null },
      ]),
    ) as RunningMoney;
  });
}
