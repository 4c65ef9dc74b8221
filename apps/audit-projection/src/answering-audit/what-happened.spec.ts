import { describe, expect, it } from '@jest/globals';
import { toStored } from '@orderlog/order-contract';
import { nothingLogged, type OrderEvent } from '@orderlog/order-domain';
import { whatHappened } from './what-happened.js';

const line = { line: 1, sku: 'TEA', quantity: 2, unitPrice: 4_500, amount: 8_999 };
const gbp = { currency: 'GBP' };

describe('what happened, in a sentence', () => {
  it.each<[OrderEvent, RegExp]>([
    [
      { type: 'OrderPlaced', customerId: null, channel: 'api', ...gbp, total: 8_999, lines: [line] },
      /^placed at .*89\.99.*: 2 × TEA$/,
    ],
    [{ type: 'OrderUpdated', ...gbp, total: 1, lines: [line, line, line, line] }, / and 1 more$/],
    [{ type: 'DiscountApplied', ...gbp, code: 'SAVE10', amount: 1_000, total: 7_999 }, /SAVE10 of .*10\.00.*79\.99/],
    [
      { type: 'PaymentCaptured', ...gbp, paymentId: 'p-1', amount: 7_999, allocation: [] },
      /^payment p-1 captured: .*79\.99/,
    ],
    [{ type: 'RefundInitiated', ...gbp, refundId: 'r-1', amount: 1, allocation: [] }, /^refund r-1 initiated: .*0\.01/],
    [{ type: 'RefundCompleted', ...gbp, refundId: 'r-1', amount: 1 }, /^refund r-1 completed/],
    [{ type: 'OrderCancelled', ...gbp, total: 0 }, /^cancelled at/],
    [{ type: 'OrderHoldResolved', decision: 'keep the first', total: null }, /keep the first/],
    [{ type: 'ReturnRecorded', customerId: null, ...gbp, lines: [], amount: 450 }, /4\.50.* given back$/],
    [{ type: 'AdjustmentRecorded', customerId: null, ...gbp, lines: [], amount: -450 }, /^adjusted by .*4\.50/],
    [
      {
        type: 'OrderImported',
        customerId: null,
        ...gbp,
        total: 1,
        captured: 0,
        refunded: 0,
        claims: [],
        ...nothingLogged,
      },
      /what happened before is unknown$/,
    ],
    [{ type: 'CustomerForgotten', customerId: 'c-1', keyId: 'k-1' }, /^customer forgotten: the key .* was destroyed$/],
    [
      {
        ...{ type: 'OrderImportedAgain', ...gbp, contradicts: true },
        claims: [{ total: 7_999, status: 'open', origin: 'orders.csv:2' }],
        ...{ evidence: [{ what: 'total 89.99 → 79.99 GBP', origin: 'audit_log.csv:3' }], evidenceLeftOut: 0 },
        ...{ gaps: [], gapsLeftOut: 2 },
      },
      /^imported once more: the table now says 79\.99.*, against what was known; a log .* 1 entry and 2 gaps$/,
    ],
  ])('%j', (fact, sentence) => {
    expect(whatHappened(toStored(fact))).toMatch(sentence);
  });

  it('names a type that it does not know', () => {
    expect(whatHappened({ type: 'OrderTeleported', schemaVersion: 1, data: null })).toContain('OrderTeleported');
    expect(whatHappened({ type: 'OrderPlaced', schemaVersion: 99, data: {} })).toContain('does not know');
  });
});
