import { expect, it } from '@jest/globals';
import { emptyOrder, fold, notInTable, type Claim, type OrderEvent } from '@orderlog/order-domain';
import { sentenceOf } from './sentence-of.js';

const imported = (second: Claim): string => {
  const fact: OrderEvent = {
    ...{ type: 'OrderImported', customerId: null, currency: 'GBP', total: 2_99, captured: 0, refunded: 0 },
    claims: [{ total: 2_99, status: 'open', origin: 'audit_log.csv:5' }, second],
    ...{ evidence: [], evidenceLeftOut: 0, gaps: [], gapsLeftOut: 0 },
  };
  return sentenceOf(fact, emptyOrder, fold([fact]));
};

it('tells an order that the log alone knows from one with rows that contradict each other', () => {
  expect(imported(notInTable('orders.csv'))).toMatch(/; on hold, because a log knows it and the table does not$/);
  expect(imported({ total: 3_99, status: 'open', origin: 'orders.csv:9' })).toMatch(
    /; on hold, because 2 rows contradict each other$/,
  );
});
