import type { Fact, OrderEvent, OrderEventType } from '@orderlog/order-domain';
import fc from 'fast-check';

/** Texts of all kinds, also such as no terminal shows. */
export const text = fc.string({ unit: 'binary', maxLength: 12 });
const money = fc.oneof(fc.nat(99_999), fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER - 1));
const signed = fc.oneof(money, fc.integer({ min: -99_999, max: -1 }));
const units = fc.nat(999);
const lineNumber = fc.nat(700);
const currency = fc.constantFrom('GBP', 'JPY', 'KWD');
const customerId = fc.option(text);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 4 });

const imported = { description: maybe(text), exactUnitPrice: maybe(fc.constant('0.0025')) };
const lines = list(
  fc.record({ line: lineNumber, sku: text, quantity: units, unitPrice: money, amount: money, ...imported }),
);
const looseLines = list(
  fc.record({ line: lineNumber, sku: text, quantity: signed, unitPrice: signed, amount: signed, ...imported }),
);
const claims = list(
  fc.record({
    ...{ total: money, status: text, origin: text, currency: maybe(currency), customerId: maybe(text) },
    ...{ captured: maybe(money), refunded: maybe(money), createdAt: maybe(money), updatedAt: maybe(money) },
  }),
);
const logged = {
  evidence: list(fc.record({ at: maybe(money), actor: maybe(text), what: text, origin: text })),
  evidenceLeftOut: units,
  gaps: list(
    fc.record({ kind: fc.constant('value-jumped' as const), after: maybe(text), before: maybe(text), what: text }),
  ),
  gapsLeftOut: units,
};
const allocation = list(fc.record({ line: lineNumber, sku: text, quantity: units, amount: money }));

/** Facts of every type, with and without all that may be absent. */
const factOf: { [T in OrderEventType]: fc.Arbitrary<Omit<Fact<T>, 'type'>> } = {
  OrderPlaced: fc.record({
    customerId,
    customer: maybe(fc.record({ keyId: text, sealed: text })),
    channel: text,
    currency,
    lines,
    total: money,
  }),
  OrderUpdated: fc.record({ currency, lines, total: money }),
  DiscountApplied: fc.record({ currency, code: text, amount: money, total: money, completed: maybe(allocation) }),
  PaymentCaptured: fc.record({ currency, paymentId: text, amount: money, allocation }),
  RefundInitiated: fc.record({
    currency,
    refundId: text,
    amount: money,
    allocation,
    asked: maybe(list(fc.record({ line: lineNumber, quantity: units, amount: maybe(money) }))),
    reason: maybe(text),
  }),
  RefundCompleted: fc.record({ refundId: text, currency, amount: money }),
  OrderCancelled: fc.record({ currency, total: money }),
  OrderHoldResolved: fc.record({ decision: text, total: fc.option(money) }),
  ReturnRecorded: fc.record({ customerId, currency, lines: looseLines, amount: money }),
  AdjustmentRecorded: fc.record({ customerId, currency, lines: looseLines, amount: signed }),
  OrderImported: fc.record({
    customerId,
    currency,
    total: money,
    captured: money,
    refunded: money,
    claims,
    ...logged,
  }),
  CustomerForgotten: fc.record({ customerId, keyId: text }),
  OrderImportedAgain: fc.record({ currency, claims, contradicts: fc.boolean(), ...logged }),
};

/** Whatever a fact of this type may say. */
export const anyFact = (type: OrderEventType): fc.Arbitrary<OrderEvent> =>
  factOf[type].map((data) => ({ type, ...data }) as OrderEvent);
