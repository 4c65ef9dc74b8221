import { allocate, multiplyAndDivide } from './money.js';
import { UNKNOWN_SKU } from './order.js';
import type { LineTally, Order } from './order.js';
import type { Allocation, Minor, RefundLine } from './order-event.js';
import type { Refusal } from './refusal.js';

const freshTally = (line: number): LineTally => ({
  line,
  share: 0,
  captured: 0,
  refunded: 0,
  unitsCounted: 0,
  unitsReturned: 0,
});

/** Tallies for lines of which nothing is captured yet: the total spread over them by what each costs. */
export function sharesOf(lines: readonly { line: number; amount: Minor }[], total: Minor): LineTally[] {
  if (lines.length === 0) return [{ ...freshTally(0), share: total }];
  const shares = allocate(
    total,
    lines.map((line) => line.amount),
  );
  return lines.map(({ line }, index) => ({ ...freshTally(line), share: shares[index]! }));
}

/**
 * The tallies after the total has changed. Once something is captured, a change is spread over what is *left* on each
 * line: spread over the whole, it could push a line's share below what was captured on it.
 */
export function shareAnew(order: Order, total: Minor): LineTally[] {
  if (order.captured === 0) return sharesOf(order.lines, total);
  const left = allocate(
    Math.max(0, total - order.captured),
    order.tallies.map((tally) => tally.share - tally.captured),
  );
  return order.tallies.map((tally, index) => ({ ...tally, share: tally.captured + left[index]! }));
}

/** The tally of a line; lines are numbered from 1 in their order, so it nearly always stands where one looks first. */
export function tallyOf(order: Order, line: number): LineTally | undefined {
  const likely = order.tallies[line - 1];
  return likely?.line === line ? likely : order.tallies.find((tally) => tally.line === line);
}

/** The tallies after the parts of a capture (sign 1) or of a refund (sign −1). Parts of unknown lines change nothing. */
export function tallied(
  tallies: readonly LineTally[],
  parts: readonly Allocation[],
  kind: 'capture' | 'refund',
): LineTally[] {
  const after = tallies.map((tally) => ({ ...tally }));
  const places = new Map(after.map((tally) => [tally.line, tally]));
  for (const part of parts) {
    const tally = places.get(part.line);
    if (!tally) continue;
    if (kind === 'capture') {
      tally.captured += part.amount;
      tally.unitsCounted += part.quantity;
    } else {
      tally.refunded += part.amount;
      tally.unitsReturned += part.quantity;
    }
  }
  return after;
}

/**
 * What a capture gives each line: by largest remainder over what is left of its share, so that it adds up to the penny
 * and no line goes above its share, on the third capture neither. A line's units count with the first capture after
 * which nothing is left on it; a line that costs nothing is complete from the start, so its units count with the first
 * capture of all. Lines that get neither money nor units are left out.
 * @param amount no more than is owed
 */
export function allocateCapture(order: Order, amount: Minor): Allocation[] {
  const parts = allocate(
    amount,
    order.tallies.map((tally) => tally.share - tally.captured),
  );
  return order.tallies.flatMap((tally, index) => {
    const part = parts[index]!;
    const completed = tally.unitsCounted === 0 && tally.captured + part >= tally.share;
    const quantity = completed ? (order.lines[index]?.quantity ?? 0) : 0;
    return part === 0 && quantity === 0 ? [] : [{ line: tally.line, sku: skuAt(order, index), quantity, amount: part }];
  });
}

/** The lines whose units no capture has counted: of an order of which nothing is owed any more, all are complete. */
export const uncounted = (order: Order): Allocation[] =>
  order.tallies.flatMap((tally, index) => {
    const quantity = order.lines[index]?.quantity ?? 0;
    return tally.unitsCounted !== 0 || quantity === 0
      ? []
      : [{ line: tally.line, sku: skuAt(order, index), quantity, amount: 0 }];
  });

/** What a refund of money alone takes from each line: by largest remainder over what is captured and not refunded. */
export function spreadRefund(order: Order, amount: Minor): Allocation[] {
  const parts = allocate(
    amount,
    order.tallies.map((tally) => tally.captured - tally.refunded),
  );
  return order.tallies.flatMap((tally, index) =>
    parts[index] === 0 ? [] : [{ line: tally.line, sku: skuAt(order, index), quantity: 0, amount: parts[index]! }],
  );
}

/**
 * What a refund takes from the lines that it names. Lines with an amount take that. The others share what is left of
 * the whole: each what its returned units are worth of what was captured and not refunded on it, less where the refund
 * is for less (by largest remainder), more where it is for more.
 * @param amount no more than is refundable on the whole order
 * @returns the allocation in the order asked for, or why not
 */
export function allocateRefund(order: Order, amount: Minor, asked: readonly RefundLine[]): Allocation[] | Refusal {
  const { currency } = order;
  const named = new Set<number>();
  const found: { wanted: RefundLine; sku: string; refundable: Minor; worth: Minor }[] = [];
  for (const wanted of asked) {
    const index = order.tallies.findIndex((tally) => tally.line === wanted.line);
    const tally = order.tallies[index];
    if (!tally) return { code: 'refund-line-unknown', line: wanted.line };
    if (named.has(wanted.line)) return { code: 'refund-line-repeated', line: wanted.line };
    named.add(wanted.line);
    const returnable = Math.max(0, tally.unitsCounted - tally.unitsReturned);
    if (wanted.quantity > returnable) return { code: 'refund-exceeds-units', line: wanted.line, returnable };
    const refundable = Math.max(0, tally.captured - tally.refunded);
    if (wanted.amount !== undefined && wanted.amount > refundable) {
      return { code: 'refund-exceeds-line', line: wanted.line, currency, refundable };
    }
    const worth = returnable === 0 ? 0 : multiplyAndDivide(refundable, wanted.quantity, returnable).quotient;
    found.push({ wanted, sku: skuAt(order, index), refundable, worth });
  }
  const said = found.reduce((sum, { wanted }) => sum + (wanted.amount ?? 0), 0);
  const open = found.filter(({ wanted }) => wanted.amount === undefined);
  const rest = amount - said;
  if (rest < 0 || (rest > 0 && open.length === 0)) {
    return { code: 'refund-lines-differ', currency, amount, linesAmount: said };
  }
  const room = open.reduce((sum, line) => sum + line.refundable, 0);
  if (rest > room) return { code: 'refund-lines-differ', currency, amount, linesAmount: said + room };
  const worth = open.reduce((sum, line) => sum + line.worth, 0);
  const byWorth = allocate(
    Math.min(rest, worth),
    open.map((line) => line.worth),
  );
  const above = allocate(
    Math.max(0, rest - worth),
    open.map((line) => line.refundable - line.worth),
  );
  let next = 0;
  return found.flatMap(({ wanted, sku }) => {
    let part = wanted.amount;
    if (part === undefined) {
      part = byWorth[next]! + above[next]!;
      next++;
    }
    return part === 0 && wanted.quantity === 0
      ? []
      : [{ line: wanted.line, sku, quantity: wanted.quantity, amount: part }];
  });
}

const skuAt = (order: Order, index: number): string => order.lines[index]?.sku ?? UNKNOWN_SKU;
