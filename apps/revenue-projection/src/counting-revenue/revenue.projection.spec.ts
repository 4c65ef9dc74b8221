import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@orderlog/instant';
import { nothingLogged, type OrderEvent } from '@orderlog/order-domain';
import { revenueOf } from './revenue.projection.js';

const lateInTheEvening = parseInstant('2026-11-24T23:59:59.999999Z') as number;

/** Given a fact of order 8471 at 23:59:59.999999 UTC; then these parts of revenue. */
const given = (fact: OrderEvent) => ({
  thenCounts: (...parts: object[]) => {
    const rows = revenueOf({ orderId: '8471', version: 3, occurredAt: lateInTheEvening, fact });
    expect(rows.map((row) => row.values)).toEqual(parts.map((part): object => expect.objectContaining(part)));
    for (const row of rows) {
      expect(row).toMatchObject({
        into: 'entries',
        values: { order_id: '8471', version: 3, type: fact.type, day: '2026-11-24', occurred_at: lateInTheEvening },
      });
    }
  },
  thenIgnored: () => expect(revenueOf({ orderId: '8471', version: 3, occurredAt: 0, fact })).toEqual([]),
});

const money = { currency: 'GBP', amount: 7999 };
const part = (line: number, sku: string, quantity: number, amount: number) => ({ line, sku, quantity, amount });

describe('revenue', () => {
  it('counts a capture by line, units with the part that completes a line', () =>
    given({
      type: 'PaymentCaptured',
      paymentId: 'p-1',
      ...money,
      allocation: [part(1, 'TEA', 2, 5000), part(2, 'TEA', 0, 2999), part(3, 'GIFT', 0, 0)],
    }).thenCounts(
      { line: 1, sku: 'TEA', captured: 5000, refunded: 0, units: 2, currency: 'GBP' },
      { line: 2, sku: 'TEA', captured: 2999, refunded: 0, units: 0 },
    ));

  it('counts a free line’s units', () =>
    given({
      type: 'PaymentCaptured',
      paymentId: 'p-1',
      ...money,
      allocation: [part(1, 'GIFT', 1, 0)],
    }).thenCounts({ line: 1, captured: 0, units: 1 }));

  it('counts a refund when it is initiated, its units as given back', () =>
    given({
      type: 'RefundInitiated',
      refundId: 'r-1',
      ...money,
      allocation: [part(1, 'TEA', 1, 2500), part(2, 'TEA', 0, 10)],
    }).thenCounts({ line: 1, captured: 0, refunded: 2500, units: -1 }, { line: 2, refunded: 10, units: 0 }));

  it('counts a return that names no sale as given back', () =>
    given({
      type: 'ReturnRecorded',
      customerId: null,
      ...money,
      lines: [{ ...part(1, 'TEA', 3, 450), unitPrice: 150 }],
    }).thenCounts({ sku: 'TEA', captured: 0, refunded: 450, units: -3 }));

  it('counts an adjustment by its sign: income is captured, what it takes is given back', () =>
    given({
      type: 'AdjustmentRecorded',
      customerId: null,
      ...money,
      lines: [
        { ...part(1, 'B', 1, 1_106_206), unitPrice: 1_106_206 },
        { ...part(2, 'B', 1, -1_106_206), unitPrice: -1_106_206 },
        { ...part(3, 'LOST', -20, 0), unitPrice: 0 },
      ],
    }).thenCounts(
      { line: 1, captured: 1_106_206, refunded: 0, units: 1 },
      { line: 2, captured: 0, refunded: 1_106_206, units: 1 },
      { line: 3, captured: 0, refunded: 0, units: -20 },
    ));

  it('counts the units of lines that a discount completes', () =>
    given({
      type: 'DiscountApplied',
      code: 'SAVE10',
      total: 0,
      ...money,
      completed: [part(1, 'TEA', 2, 0)],
    }).thenCounts({ sku: 'TEA', captured: 0, refunded: 0, units: 2 }));

  it.each<OrderEvent>([
    { type: 'OrderPlaced', customerId: 'c-1', channel: 'api', currency: 'GBP', lines: [], total: 7999 },
    { type: 'OrderUpdated', currency: 'GBP', lines: [], total: 7999 },
    { type: 'DiscountApplied', code: 'SAVE10', total: 7999, ...money },
    { type: 'RefundCompleted', refundId: 'r-1', ...money },
    { type: 'OrderCancelled', currency: 'GBP', total: 0 },
    { type: 'OrderHoldResolved', decision: 'keep', total: null },
    { type: 'CustomerForgotten', customerId: 'c-1', keyId: 'k-1' },
    {
      ...{ type: 'OrderImported', customerId: null, currency: 'GBP', total: 1, captured: 1, refunded: 0, claims: [] },
      ...nothingLogged,
    },
    { type: 'OrderImportedAgain', currency: 'GBP', claims: [], contradicts: false, ...nothingLogged },
  ])('ignores $type', (fact) => given(fact).thenIgnored());
});
