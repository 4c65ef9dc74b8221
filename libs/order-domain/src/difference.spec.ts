import { expect, it } from '@jest/globals';
import { decide } from './decide.js';
import { differenceOf } from './difference.js';
import { fold } from './evolve.js';
import {
  cancel,
  cancelled,
  capture,
  captured,
  complete,
  contradicting,
  discount,
  given,
  place,
  placed,
  refund,
  refunded,
  resolve,
  update,
  type Happening,
} from './given-when-then.js';
import type { OrderCommand } from './order-command.js';
import { UNKNOWN_CHANNEL, type OrderEvent } from './order-event.js';
import { emptyOrder } from './order.js';

const differences = (history: (Happening | OrderEvent)[], command: OrderCommand): string[] => {
  const { order } = given(...history);
  const decision = decide(command, order);
  if (decision.outcome !== 'facts') throw new Error(JSON.stringify(decision));
  return differenceOf(order, fold(decision.facts, order)).map(({ text }) => text);
};

it('is told in money as a person writes it', () => {
  expect(differences([], place({ total: 89_99 }))).toEqual([
    'status: placed',
    'customer: c-1',
    'channel: api',
    'line 1: 1 × TEAPOT at 89.99 = 89.99 GBP',
    'total: 89.99 GBP',
    'owed: 89.99 GBP',
  ]);
  expect(differences([placed({ total: 89_99 })], discount())).toEqual([
    'discount SAVE10: 10.00 GBP',
    'total 89.99 → 79.99 GBP',
    'owed 89.99 → 79.99 GBP',
  ]);
  expect(differences([placed({ total: 89_99 })], capture({ amount: 89_99 }))).toEqual([
    'status placed → captured',
    'payment p-1: 89.99 GBP',
    'captured 0.00 → 89.99 GBP',
    'owed 89.99 → 0.00 GBP',
  ]);
  expect(differences([placed(), captured()], refund({ amount: 4_00 }))).toEqual([
    'status partly-captured → partly-refunded',
    'refund r-1: 4.00 GBP, initiated',
    'refunded 0.00 → 4.00 GBP',
  ]);
  expect(differences([placed(), captured(), refunded({ amount: 4_00 })], complete())).toEqual([
    'refund r-1: 4.00 GBP, initiated → 4.00 GBP, completed',
  ]);
  expect(differences([placed({ total: 89_99 })], cancel())).toEqual([
    'status placed → cancelled',
    'owed 89.99 → 0.00 GBP',
  ]);
});

it('shows each line that an update changed, added or took away', () => {
  const lines = [
    { sku: 'A', quantity: 1, unitPrice: 500 },
    { sku: 'B', quantity: 1, unitPrice: 200 },
  ];
  const changes = given(placed({ currency: 'JPY', lines }));
  const after = changes.when(update([{ sku: 'A', quantity: 3, unitPrice: 500 }])).after;
  expect(differenceOf(changes.order, after)).toEqual([
    {
      what: 'line 1',
      before: '1 × A at 500 = 500 JPY',
      after: '3 × A at 500 = 1500 JPY',
      text: 'line 1: 1 × A at 500 = 500 JPY → 3 × A at 500 = 1500 JPY',
    },
    {
      what: 'line 2',
      before: '1 × B at 200 = 200 JPY',
      after: null,
      text: 'line 2: 1 × B at 200 = 200 JPY taken away',
    },
    { what: 'total', before: '700 JPY', after: '1500 JPY', text: 'total 700 → 1500 JPY' },
    { what: 'owed', before: '700 JPY', after: '1500 JPY', text: 'owed 700 → 1500 JPY' },
  ]);
});

it('tells of a decision about contradicting rows', () =>
  expect(differences([contradicting()], resolve({ total: 45_00 }))).toEqual([
    'status on-hold → placed',
    'total 50.00 → 45.00 GBP',
    'owed 50.00 → 45.00 GBP',
    'decision: the invoice says so',
  ]));

it('says nothing of a channel that nobody knows', () => {
  const { order } = given({
    ...{ type: 'OrderPlaced', customerId: 'c-1', channel: UNKNOWN_CHANNEL, currency: 'GBP' },
    ...{ lines: [{ line: 1, sku: 'TEAPOT', quantity: 1, unitPrice: 89_99, amount: 89_99 }], total: 89_99 },
  });
  expect(differenceOf(emptyOrder, order).map(({ what }) => what)).toEqual([
    ...['status', 'customer', 'line 1', 'total', 'owed'],
  ]);
});

it('is empty between a state and itself', () => {
  const { order } = given(placed(), cancelled());
  expect(differenceOf(order, order)).toEqual([]);
});

it('puts a word between a name that is read from the right and the money, which would be drawn on its other side', () => {
  expect(differences([placed()], discount({ code: 'رمضان' }))).toContain('discount رمضان is 10.00 GBP');
  expect(differences([placed()], capture({ paymentId: 'דמי-1', amount: 79_99 }))).toContain(
    'payment דמי-1 is 79.99 GBP',
  );
  const refunding = [placed(), captured({ amount: 79_99 }), refunded({ refundId: 'דמי', amount: 20_00 })];
  expect(differences(refunding, complete('דמי'))).toEqual([
    'refund דמי goes from 20.00 GBP, initiated to 20.00 GBP, completed',
  ]);
});
