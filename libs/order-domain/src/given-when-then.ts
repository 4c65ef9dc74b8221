import assert from 'node:assert/strict';
import { decide } from './decide.js';
import { evolve, fold } from './evolve.js';
import { emptyOrder, type Order } from './order.js';
import type { Command, OrderCommand, RequestedLine } from './order-command.js';
import { nothingLogged, type OrderEvent } from './order-event.js';
import type { Decision, Refusal, RefusalCode } from './refusal.js';

/**
 * The test kit of the rules: what has happened, what is asked for, what comes of it.
 *     given(placed({ total: 89_99 }), discounted({ amount: 10_00 }))
 *       .when(capture({ amount: 80_00 }))
 *       .thenRefused('capture-exceeds-owed', { owed: 79_99 });
 */
export function given(...history: (OrderEvent | Happening)[]) {
  let order = emptyOrder;
  for (const step of history) order = typeof step === 'function' ? fold(step(order), order) : evolve(order, step);
  return { order, when: (command: OrderCommand) => outcomeOf(order, decide(command, order)) };
}

function outcomeOf(before: Order, decision: Decision) {
  const facts = decision.outcome === 'facts' ? decision.facts : [];
  const after = fold(facts, before);
  return {
    facts,
    after,
    /** @param expected one partial fact for each that is to happen */
    thenHappened(...expected: ({ type: OrderEvent['type'] } & Record<string, unknown>)[]) {
      assert.equal(decision.outcome, 'facts', JSON.stringify(decision));
      assert.equal(facts.length, expected.length);
      expected.forEach((fact, index) => says(facts[index]!, fact));
      return this;
    },
    thenOrder(expected: Partial<Order>) {
      says(after, expected);
      return this;
    },
    thenRefused<C extends RefusalCode>(code: C, details: Partial<Extract<Refusal, { code: C }>> = {}) {
      assert.equal(decision.outcome, 'refused', JSON.stringify(decision));
      if (decision.outcome === 'refused') says(decision.refusal, { code, ...details });
    },
    thenNothingNew() {
      assert.deepEqual(decision, { outcome: 'nothing-new' });
    },
  };
}

/** Whatever is expected stands there exactly; what is not spoken of may be anything. */
function says(actual: object, expected: object): void {
  for (const [key, value] of Object.entries(expected)) {
    assert.deepEqual((actual as Record<string, unknown>)[key], value, `${key} of ${JSON.stringify(actual)}`);
  }
}

/** Something that has happened: the facts that a command made of the order as it stood. */
export type Happening = (order: Order) => OrderEvent[];

const happened =
  (command: OrderCommand): Happening =>
  (order) => {
    const decision = decide(command, order);
    if (decision.outcome !== 'facts') throw new Error(`given ${command.type}: ${JSON.stringify(decision)}`);
    return decision.facts;
  };

const inOneLine = (total: number): RequestedLine[] => [{ sku: 'TEAPOT', quantity: 1, unitPrice: total }];

type Wanted<T extends OrderCommand['type']> = Partial<Omit<Command<T>, 'type'>>;

export const place = (order: Wanted<'PlaceOrder'> & { total?: number } = {}): Command<'PlaceOrder'> => {
  const { total = 89_99, ...said } = order;
  return { type: 'PlaceOrder', customerId: 'c-1', currency: 'GBP', lines: inOneLine(total), ...said };
};
export const update = (lines: RequestedLine[] | number): Command<'UpdateLines'> => ({
  type: 'UpdateLines',
  lines: typeof lines === 'number' ? inOneLine(lines) : lines,
});
export const discount = (said: Wanted<'ApplyDiscount'> = {}): Command<'ApplyDiscount'> => ({
  type: 'ApplyDiscount',
  code: 'SAVE10',
  amount: 10_00,
  ...said,
});
export const capture = (said: Wanted<'CapturePayment'> = {}): Command<'CapturePayment'> => ({
  type: 'CapturePayment',
  paymentId: 'p-1',
  amount: 10_00,
  ...said,
});
export const refund = (said: Wanted<'InitiateRefund'> = {}): Command<'InitiateRefund'> => ({
  type: 'InitiateRefund',
  refundId: 'r-1',
  amount: 10_00,
  ...said,
});
export const complete = (refundId = 'r-1'): Command<'CompleteRefund'> => ({ type: 'CompleteRefund', refundId });
export const cancel = (): Command<'CancelOrder'> => ({ type: 'CancelOrder' });
export const resolve = (said: Wanted<'ResolveHold'> = {}): Command<'ResolveHold'> => ({
  type: 'ResolveHold',
  decision: 'the invoice says so',
  ...said,
});
export const forget = (keyId = 'k-1'): Command<'ForgetCustomer'> => ({ type: 'ForgetCustomer', keyId });

export const placed = (said?: Parameters<typeof place>[0]): Happening => happened(place(said));
export const updated = (lines: RequestedLine[] | number): Happening => happened(update(lines));
export const discounted = (said?: Wanted<'ApplyDiscount'>): Happening => happened(discount(said));
export const captured = (said?: Wanted<'CapturePayment'>): Happening => happened(capture(said));
export const refunded = (said?: Wanted<'InitiateRefund'>): Happening => happened(refund(said));
export const completed = (refundId?: string): Happening => happened(complete(refundId));
export const cancelled = (): Happening => happened(cancel());
export const resolved = (said?: Wanted<'ResolveHold'>): Happening => happened(resolve(said));
export const forgotten = (keyId?: string): Happening => happened(forget(keyId));

export const imported = (said: Partial<Extract<OrderEvent, { type: 'OrderImported' }>> = {}): OrderEvent => ({
  type: 'OrderImported',
  customerId: 'c-1',
  currency: 'GBP',
  total: 50_00,
  captured: 0,
  refunded: 0,
  claims: [{ total: 50_00, status: 'placed', origin: 'orders.csv:2' }],
  ...nothingLogged,
  ...said,
});

/** The table was imported once more, and a row says another total. */
export const importedAgain = (said: Partial<Extract<OrderEvent, { type: 'OrderImportedAgain' }>> = {}): OrderEvent => ({
  type: 'OrderImportedAgain',
  currency: 'GBP',
  claims: [{ total: 45_00, status: 'placed', origin: 'orders-2.csv:2' }],
  contradicts: true,
  ...nothingLogged,
  ...said,
});

/** Two rows with one ID and different totals. */
export const contradicting = (): OrderEvent =>
  imported({
    claims: [
      { total: 50_00, status: 'placed', origin: 'orders.csv:2' },
      { total: 45_00, status: 'placed', origin: 'orders.csv:9' },
    ],
  });
