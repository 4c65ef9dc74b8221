import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldAsOf } from './as-of.js';
import { decide } from './decide.js';
import { differenceOf } from './difference.js';
import { evolve, fold } from './evolve.js';
import { contradicting, imported } from './given-when-then.js';
import { emptyOrder, owedOf, refundableOf, type Order } from './order.js';
import type { OrderCommand } from './order-command.js';
import type { Allocation, OrderEvent, RefundLine } from './order-event.js';

/** What holds of every order, whatever it was told: commands at random, over few IDs and codes so that they meet. */
const price = fc.oneof({ weight: 8, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(9_000_000_000) });
const requestedLines = fc.array(
  fc.record({
    sku: fc.constantFrom<string>('A', 'B', 'C'),
    quantity: fc.integer({ min: 1, max: 5 }),
    unitPrice: price,
  }),
  { minLength: 1, maxLength: 5 },
);
const id = fc.constantFrom('1', '2', '3', '4', '5');
/** A fraction of what is possible, a little above it now and then. */
const fraction = fc.constantFrom(0.05, 0.2, 0.34, 0.5, 0.77, 1, 1, 1.1);

const steps = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('discount' as const), id, fraction }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('capture' as const), id, fraction }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      id,
      fraction,
      lines: fc.array(
        fc.record({ line: fc.nat(5), units: fraction, amount: fc.option(fraction, { nil: undefined }) }),
        { maxLength: 3 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('complete' as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('update' as const), lines: requestedLines }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('place' as const), lines: requestedLines }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resolve' as const), fraction }) },
);
type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

function commandOf(step: Step, order: Order): OrderCommand {
  const part = (whole: number, share: number) => Math.max(1, Math.round(whole * share));
  switch (step.do) {
    case 'discount':
      // Less than half of what is owed, or all of it.
      return {
        type: 'ApplyDiscount',
        code: step.id,
        amount: part(owedOf(order), step.fraction === 1 ? 1 : step.fraction * 0.4),
      };
    case 'capture':
      return { type: 'CapturePayment', paymentId: step.id, amount: part(owedOf(order), step.fraction) };
    case 'refund':
      return refundOf(step, order);
    case 'complete':
      return { type: 'CompleteRefund', refundId: step.id };
    case 'update':
      return { type: 'UpdateLines', lines: step.lines };
    case 'cancel':
      return { type: 'CancelOrder' };
    case 'forget':
      return { type: 'ForgetCustomer', keyId: 'k' };
    case 'place':
      return {
        type: 'PlaceOrder',
        customerId: 'c',
        customer: { keyId: 'k', sealed: 'c2VhbGVk' },
        currency: 'GBP',
        lines: step.lines,
      };
    case 'resolve':
      return { type: 'ResolveHold', decision: 'so', total: part(order.total, step.fraction) };
  }
}

/** Of money alone, or of lines that stand on the order (now and then one that does not), mostly within what they have. */
function refundOf(step: Extract<Step, { do: 'refund' }>, order: Order): OrderCommand {
  const some = (whole: number, share: number) => Math.ceil(whole * share);
  const lines = step.lines.map(({ line, units, amount }): RefundLine & { left: number } => {
    const tally = order.tallies[line % order.tallies.length];
    if (!tally) return { line, quantity: 1, left: 0 };
    const left = tally.captured - tally.refunded;
    return {
      line: tally.line,
      quantity: some(tally.unitsCounted - tally.unitsReturned, units),
      ...(amount !== undefined && { amount: some(left, amount) }),
      left,
    };
  });
  const said = lines.reduce((all, { amount = 0 }) => all + amount, 0);
  const open = lines.filter(({ amount }) => amount === undefined).reduce((all, { left }) => all + left, 0);
  return {
    type: 'InitiateRefund',
    refundId: step.id,
    amount: Math.max(
      1,
      lines.length === 0 ? some(refundableOf(order), step.fraction) : said + some(open, step.fraction),
    ),
    ...(lines.length > 0 && {
      lines: lines.map(({ line, quantity, amount }) => ({ line, quantity, ...(amount !== undefined && { amount }) })),
    }),
  };
}

const begin = fc.oneof(
  { weight: 6, arbitrary: requestedLines.map((lines) => ({ place: lines })) },
  { weight: 1, arbitrary: fc.constant({ fact: contradicting() }) },
  { weight: 1, arbitrary: fc.constant({ fact: imported({ captured: 30_00, refunded: 10_00 }) }) },
);

const sum = (parts: readonly { amount: number }[]): number => parts.reduce((total, part) => total + part.amount, 0);

function run(
  first: { place: { sku: string; quantity: number; unitPrice: number }[] } | { fact: OrderEvent },
  told: Step[],
) {
  const facts: OrderEvent[] = [];
  let order = emptyOrder;
  const seen: Order[] = [];
  const happen = (happened: OrderEvent[]) => {
    for (const fact of happened) {
      order = evolve(order, fact);
      facts.push(fact);
      seen.push(order);
    }
  };
  if ('fact' in first) happen([first.fact]);
  const begun: Step[] = 'place' in first ? [{ do: 'place', lines: first.place }] : [];
  for (const step of [...begun, ...told]) {
    const decision = decide(commandOf(step, order), order);
    if (decision.outcome === 'facts') happen(decision.facts);
  }
  return { facts, seen, order };
}

const anyHistory = fc.tuple(begin, fc.array(steps, { maxLength: 25 }));
const holds = (law: (history: ReturnType<typeof run>) => void): void =>
  fc.assert(
    fc.property(anyHistory, ([first, told]) => law(run(first, told))),
    { numRuns: 400 },
  );

const wholeNumbers = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isSafeInteger(value)
    : value === null || typeof value !== 'object' || Object.values(value).every(wholeNumbers);

describe('whatever an order is told', () => {
  it('captured never exceeds the total, nor refunded what was captured', () =>
    holds(({ seen }) => {
      for (const order of seen) {
        expect(order.captured).toBeLessThanOrEqual(order.total);
        expect(order.refunded).toBeLessThanOrEqual(order.captured);
        expect(wholeNumbers(order)).toBe(true);
      }
    }));

  it('the shares add up to the total, and no line is above its share or refunded above what it gave', () =>
    holds(({ seen }) => {
      for (const { tallies, total, captured, refunded } of seen) {
        expect(tallies.reduce((all, tally) => all + tally.share, 0)).toBe(total);
        expect(tallies.reduce((all, tally) => all + tally.captured, 0)).toBe(captured);
        expect(tallies.reduce((all, tally) => all + tally.refunded, 0)).toBe(refunded);
        for (const tally of tallies) {
          expect(tally.captured).toBeLessThanOrEqual(tally.share);
          expect(tally.refunded).toBeLessThanOrEqual(tally.captured);
          expect(tally.unitsReturned).toBeLessThanOrEqual(tally.unitsCounted);
        }
      }
    }));

  it('the parts of a fact add up to it, none is negative, none is empty, and each line is named once', () =>
    holds(({ facts }) => {
      for (const fact of facts) {
        if (fact.type !== 'PaymentCaptured' && fact.type !== 'RefundInitiated') continue;
        expect(sum(fact.allocation)).toBe(fact.amount);
        expect(new Set(fact.allocation.map(({ line }) => line)).size).toBe(fact.allocation.length);
        for (const part of fact.allocation) {
          expect(part.amount).toBeGreaterThanOrEqual(0);
          expect(part.quantity).toBeGreaterThanOrEqual(0);
          expect(part.amount + part.quantity).toBeGreaterThan(0);
        }
      }
    }));

  it('a fully captured order has counted exactly the units of its lines, each once', () =>
    holds(({ facts, seen, order }) => {
      const counted = new Map<number, number>();
      const count = (parts: Allocation[]) =>
        parts.forEach(({ line, quantity }) => counted.set(line, (counted.get(line) ?? 0) + quantity));
      for (const [index, fact] of facts.entries()) {
        if (fact.type === 'PaymentCaptured') count(fact.allocation);
        if (fact.type === 'DiscountApplied') count(fact.completed ?? []);
        const after = seen[index]!;
        for (const tally of after.tallies) expect(counted.get(tally.line) ?? 0).toBe(tally.unitsCounted);
      }
      if (order.captured > 0 && order.captured === order.total) {
        for (const [index, line] of order.lines.entries()) {
          expect(order.tallies[index]!.unitsCounted).toBe(line.quantity);
        }
      }
    }));

  it('its facts fold to what decide saw, from the start or from any state on the way, and say the total that it has', () =>
    holds(({ facts, seen, order }) => {
      expect(fold(facts)).toEqual(order);
      const half = Math.floor(facts.length / 2);
      expect(fold(facts.slice(half), fold(facts.slice(0, half)))).toEqual(order);
      expect(JSON.parse(JSON.stringify(order))).toEqual(order);
      for (const [index, fact] of facts.entries()) {
        if ('total' in fact && fact.total !== null) expect(fact.total).toBe(seen[index]!.total);
      }
    }));

  it('no ID or code is ever counted twice', () =>
    holds(({ order }) => {
      for (const names of [
        order.payments.map(({ paymentId }) => paymentId),
        order.refunds.map(({ refundId }) => refundId),
        order.discounts.map(({ code }) => code),
      ]) {
        expect(new Set(names).size).toBe(names.length);
      }
      expect(sum(order.payments) + (order.imported ? 30_00 : 0)).toBeGreaterThanOrEqual(order.captured);
    }));

  it('a state is never changed in place', () =>
    holds(({ facts }) => {
      let order = emptyOrder;
      for (const fact of facts) {
        const copy = structuredClone(order);
        const after = evolve(order, fact);
        expect(order).toEqual(copy);
        order = after;
      }
    }));

  it('what was true at an instant is what its facts say in the order in which they happened, whatever their times', () => {
    fc.assert(
      fc.property(anyHistory, fc.array(fc.nat(5), { minLength: 40, maxLength: 40 }), ([first, told], times) => {
        const { facts } = run(first, told);
        const timed = facts.map((fact, index) => ({ fact, version: index + 1, occurredAt: times[index % 40]! }));
        for (const instant of [0, 3, 5]) {
          const { order, notApplicable } = foldAsOf(timed, instant);
          expect(order.captured).toBeLessThanOrEqual(order.total);
          expect(order.refunded).toBeLessThanOrEqual(order.captured);
          expect(wholeNumbers(order)).toBe(true);
          for (const { occurredAt } of notApplicable) expect(occurredAt).toBeLessThanOrEqual(instant);
        }
        const inOrder = timed.map((fact, index) => ({ ...fact, occurredAt: index }));
        expect(foldAsOf(inOrder, inOrder.length)).toEqual({ order: fold(facts), notApplicable: [] });
      }),
      { numRuns: 200 },
    );
  });
});

it('evolve takes any facts in any order, and neither throws nor makes anything that is no number', () => {
  const part = fc.record({ line: fc.nat(4), sku: fc.string(), quantity: fc.nat(9), amount: fc.nat(999) });
  const lines = fc.array(
    fc.record({
      line: fc.nat(4),
      sku: fc.string(),
      quantity: fc.integer({ min: -9, max: 9 }),
      unitPrice: fc.nat(99),
      amount: fc.integer({ min: -99, max: 99 }),
    }),
    { maxLength: 4 },
  );
  const currency = fc.constant('GBP');
  const customerId = fc.constantFrom('c', null);
  const amount = fc.nat(9_999);
  const fact: fc.Arbitrary<OrderEvent> = fc.oneof(
    fc.record({ type: fc.constant('OrderPlaced' as const), customerId, channel: id, currency, lines, total: amount }),
    fc.record({ type: fc.constant('OrderUpdated' as const), currency, lines, total: amount }),
    fc.record({ type: fc.constant('DiscountApplied' as const), currency, code: id, amount, total: amount }),
    fc.record({
      type: fc.constant('PaymentCaptured' as const),
      currency,
      paymentId: id,
      amount,
      allocation: fc.array(part, { maxLength: 4 }),
    }),
    fc.record({
      type: fc.constant('RefundInitiated' as const),
      currency,
      refundId: id,
      amount,
      allocation: fc.array(part, { maxLength: 4 }),
    }),
    fc.record({ type: fc.constant('RefundCompleted' as const), refundId: id, currency, amount }),
    fc.record({ type: fc.constant('OrderCancelled' as const), currency, total: amount }),
    fc.record({ type: fc.constant('OrderHoldResolved' as const), decision: id, total: fc.option(amount) }),
    fc.record({ type: fc.constant('ReturnRecorded' as const), customerId, currency, lines, amount }),
    fc.record({ type: fc.constant('AdjustmentRecorded' as const), customerId, currency, lines, amount }),
    fc.constant(contradicting()),
  );
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 12 }), (facts) => {
      let order = emptyOrder;
      for (const next of facts) {
        const after = evolve(order, next);
        expect(wholeNumbers(after)).toBe(true);
        differenceOf(order, after);
        order = after;
      }
      foldAsOf(
        facts.map((each, version) => ({ fact: each, version, occurredAt: version % 3 })),
        2,
      );
    }),
    { numRuns: 500 },
  );
});
