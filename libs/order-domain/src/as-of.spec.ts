import { describe, expect, it } from '@jest/globals';
import { foldAsOf, type TimedFact } from './as-of.js';
import { decide } from './decide.js';
import { evolve, fold } from './evolve.js';
import { capture, complete, discount, place, refund, update } from './given-when-then.js';
import { emptyOrder } from './order.js';
import type { OrderCommand } from './order-command.js';

/** Commands in the order in which they were told, each with the day on which it happened. */
function history(...told: [day: number, command: OrderCommand][]): TimedFact[] {
  let order = emptyOrder;
  return told.map(([occurredAt, command], index) => {
    const decision = decide(command, order);
    if (decision.outcome !== 'facts') throw new Error(JSON.stringify(decision));
    const fact = decision.facts[0]!;
    order = evolve(order, fact);
    return { fact, occurredAt, version: index + 1 };
  });
}

describe('what was true at an instant', () => {
  it('is nothing before the first fact, and everything after the last', () => {
    const facts = history([1, place()], [2, discount()], [3, capture()]);
    expect(foldAsOf(facts, 0)).toEqual({ order: emptyOrder, notApplicable: [] });
    expect(foldAsOf(facts, 3).order).toEqual(fold(facts.map(({ fact }) => fact)));
    expect(foldAsOf(facts, 2).order).toMatchObject({ total: 79_99, captured: 0 });
  });

  it('knows what was recorded late, with the totals of the order in which it happened', () => {
    const facts = history(
      [1, place({ total: 100_00 })],
      [5, discount({ code: 'LATE', amount: 20_00 })],
      [3, discount({ code: 'EARLY', amount: 5_00 })],
    );
    expect(foldAsOf(facts, 2).order.total).toBe(100_00);
    expect(foldAsOf(facts, 3).order).toMatchObject({ total: 95_00, discounts: [{ code: 'EARLY' }] });
    expect(foldAsOf(facts, 5).order.total).toBe(75_00);
  });

  it('goes by version where two facts happened at one instant', () => {
    const facts = history([1, place({ total: 10_00 })], [1, update(20_00)], [1, capture({ amount: 20_00 })]);
    expect(foldAsOf([...facts].reverse(), 1)).toMatchObject({ order: { status: 'captured' }, notApplicable: [] });
  });

  it('lists what does not apply there, and goes on', () => {
    const facts = history(
      [1, place({ total: 10_00 })],
      [5, capture({ amount: 10_00 })],
      [3, refund({ amount: 4_00 })],
      [4, complete()],
    );
    const { order, notApplicable } = foldAsOf(facts, 9);
    expect(notApplicable.map(({ version }) => version)).toEqual([3, 4]);
    expect(order).toMatchObject({ status: 'captured', captured: 10_00, refunded: 0 });
    expect(foldAsOf(facts, 4).notApplicable.map(({ version }) => version)).toEqual([3, 4]);
  });
});
