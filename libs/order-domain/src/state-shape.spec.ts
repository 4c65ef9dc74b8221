import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { evolve } from './evolve.js';
import { emptyOrder, stateShape } from './order.js';
import { nothingLogged, type OrderEvent, type OrderEventType } from './order-event.js';

/**
 * What each shape of the state makes of the histories below. States that were folded before are read by whoever names the
 * same shape: a shape that was released keeps its fingerprint for ever.
 */
const fingerprints: Record<string, string> = {
  'order-2': '0935da06008f0d77f96aed74bf6a1910',
};

const line = (number: number, sku: string, quantity: number, unitPrice: number) => ({
  ...{ line: number, sku, quantity, unitPrice, amount: quantity * unitPrice },
});
const gbp = { currency: 'GBP' };
const part = (number: number, quantity: number, amount: number) => ({
  ...{ line: number, sku: number === 1 ? 'TEAPOT' : 'CUP', quantity, amount },
});
const loose = [{ line: 1, sku: 'BUNTING', quantity: 3, amount: 885, unitPrice: 295, description: 'PAPER' }];
const claim = (total: number, status: string) => ({ total, status, origin: `orders.csv:${total}` });
const placed: OrderEvent = {
  ...{ type: 'OrderPlaced', customerId: 'c-1', customer: { keyId: 'k-1', sealed: 'AAAA' }, channel: 'api', ...gbp },
  ...{ lines: [line(1, 'TEAPOT', 2, 4_499), line(2, 'CUP', 4, 333)], total: 10_330 },
};

/** Of every type of fact, also where it makes little sense: what is folded then is kept as well. Never changed. */
const histories: OrderEvent[][] = [
  [
    placed,
    { type: 'OrderUpdated', ...gbp, lines: [line(1, 'TEAPOT', 2, 4_499), line(2, 'CUP', 3, 333)], total: 9_997 },
    { type: 'DiscountApplied', ...gbp, code: 'SAVE10', amount: 1_000, total: 8_997 },
    {
      type: 'PaymentCaptured',
      ...gbp,
      paymentId: 'p-1',
      amount: 5_000,
      allocation: [part(1, 0, 4_000), part(2, 3, 1_000)],
    },
    { type: 'RefundInitiated', ...gbp, refundId: 'r-1', amount: 501, allocation: [part(1, 0, 501)], reason: 'broken' },
    { type: 'DiscountApplied', ...gbp, code: 'REST', amount: 3_997, total: 5_000, completed: [part(1, 2, 0)] },
    { type: 'RefundCompleted', refundId: 'r-1', ...gbp, amount: 501 },
    {
      ...{
        type: 'RefundInitiated',
        ...gbp,
        refundId: 'r-2',
        amount: 4_499,
        allocation: [part(1, 1, 3_499), part(2, 1, 1_000)],
      },
      asked: [
        { line: 1, quantity: 1, amount: 3_499 },
        { line: 2, quantity: 1 },
      ],
    },
    { type: 'RefundCompleted', refundId: 'nobody-knows', ...gbp, amount: 1 },
    { type: 'OrderCancelled', ...gbp, total: 5_000 },
    { type: 'CustomerForgotten', customerId: 'c-1', keyId: 'k-1' },
  ],
  [
    {
      ...{ type: 'OrderImported', customerId: null, ...gbp, total: 5_000, captured: 3_000, refunded: 1_000 },
      ...{ claims: [claim(5_000, 'placed'), claim(4_500, 'placed')], ...nothingLogged, gapsLeftOut: 2 },
    },
    { type: 'OrderHoldResolved', decision: 'the invoice says so', total: 4_500 },
    { type: 'OrderImportedAgain', ...gbp, claims: [claim(4_400, 'Canceled')], contradicts: true, ...nothingLogged },
    { type: 'OrderHoldResolved', decision: 'it stays', total: null },
    { type: 'PaymentCaptured', ...gbp, paymentId: 'p-1', amount: 1_500, allocation: [part(0, 0, 1_500)] },
  ],
  [
    { type: 'ReturnRecorded', customerId: '13085', ...gbp, lines: loose, amount: 885 },
    { type: 'AdjustmentRecorded', customerId: null, ...gbp, lines: loose, amount: -295 },
  ],
  [
    { ...placed, total: 0 },
    { type: 'ReturnRecorded', customerId: null, ...gbp, lines: loose, amount: 885 },
  ],
];
const folded: Record<OrderEventType, true> = {
  ...{ OrderPlaced: true, OrderUpdated: true, DiscountApplied: true, PaymentCaptured: true, RefundInitiated: true },
  ...{ RefundCompleted: true, OrderCancelled: true, OrderHoldResolved: true, ReturnRecorded: true },
  ...{ AdjustmentRecorded: true, OrderImported: true, OrderImportedAgain: true, CustomerForgotten: true },
};

it('names what is folded: where a state looks otherwise, or evolve means something else, stateShape is another', () => {
  const states = histories.flatMap((facts) => {
    let order = emptyOrder;
    return facts.map((fact) => (order = evolve(order, fact)));
  });
  const fingerprint = createHash('sha256').update(JSON.stringify(states)).digest('hex').slice(0, 32);
  const remedy =
    'States are folded otherwise than before. Give stateShape in order.ts another name, and put that name with this ' +
    'fingerprint into the list above: kept states of the old shape must not be read as states of the new one.';
  expect({ stateShape, fingerprint, remedy }).toEqual({ stateShape, fingerprint: fingerprints[stateShape], remedy });
});

it('is asked of every type of fact', () => {
  const types = new Set(histories.flat().map(({ type }) => type));
  expect([...types].sort()).toEqual(Object.keys(folded).sort());
});

it('gives no two shapes one fingerprint', () => {
  const all = Object.values(fingerprints);
  expect(new Set(all).size).toBe(all.length);
});
