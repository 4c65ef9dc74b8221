import { describe, it } from '@jest/globals';
import {
  cancel,
  cancelled,
  captured,
  complete,
  completed,
  discount,
  given,
  imported,
  placed,
  refund,
  refunded,
} from './given-when-then.js';

const two = [
  { sku: 'A', quantity: 2, unitPrice: 30_00 },
  { sku: 'B', quantity: 4, unitPrice: 10_00 },
];
const paid = [placed({ lines: two }), captured({ amount: 100_00 })];

describe('a refund', () => {
  it('of money alone is spread over what is captured and not refunded, and moves no units', () => {
    given(...paid)
      .when(refund({ amount: 10_00 }))
      .thenHappened({
        type: 'RefundInitiated',
        refundId: 'r-1',
        currency: 'GBP',
        amount: 10_00,
        allocation: [
          { line: 1, sku: 'A', quantity: 0, amount: 6_00 },
          { line: 2, sku: 'B', quantity: 0, amount: 4_00 },
        ],
      })
      .thenOrder({ status: 'partly-refunded', refunded: 10_00 });
  });

  it('is refused above what is captured and not refunded', () => {
    given(placed())
      .when(refund({ amount: 1 }))
      .thenRefused('refund-exceeds-captured', { refundable: 0 });
    given(...paid, refunded({ refundId: 'r-0', amount: 60_00 }))
      .when(refund({ amount: 40_01 }))
      .thenRefused('refund-exceeds-captured', { refundable: 40_00, currency: 'GBP' });
  });

  it('of all is refunded, be it of a part-captured order', () => {
    given(...paid)
      .when(refund({ amount: 100_00 }))
      .thenOrder({ status: 'refunded' });
    given(placed(), captured({ amount: 1_00 }))
      .when(refund({ amount: 1_00 }))
      .thenOrder({ status: 'refunded' });
  });

  it('with lines brings units back and takes their worth', () => {
    given(...paid)
      .when(
        refund({
          amount: 50_00,
          lines: [
            { line: 1, quantity: 1 },
            { line: 2, quantity: 2 },
          ],
        }),
      )
      .thenHappened({
        type: 'RefundInitiated',
        allocation: [
          { line: 1, sku: 'A', quantity: 1, amount: 30_00 },
          { line: 2, sku: 'B', quantity: 2, amount: 20_00 },
        ],
      })
      .thenOrder({
        tallies: [
          { line: 1, share: 60_00, captured: 60_00, refunded: 30_00, unitsCounted: 2, unitsReturned: 1 },
          { line: 2, share: 40_00, captured: 40_00, refunded: 20_00, unitsCounted: 4, unitsReturned: 2 },
        ],
      });
  });

  it('shares what the lines with an amount leave over those without, less or more than their worth', () => {
    given(...paid)
      .when(
        refund({
          amount: 25_00,
          lines: [
            { line: 1, quantity: 0, amount: 5_00 },
            { line: 2, quantity: 4 },
          ],
        }),
      )
      .thenHappened({
        type: 'RefundInitiated',
        allocation: [
          { line: 1, sku: 'A', quantity: 0, amount: 5_00 },
          { line: 2, sku: 'B', quantity: 4, amount: 20_00 },
        ],
      });
    given(...paid)
      .when(
        refund({
          amount: 90_00,
          lines: [
            { line: 1, quantity: 1 },
            { line: 2, quantity: 4 },
          ],
        }),
      )
      .thenHappened({
        type: 'RefundInitiated',
        allocation: [
          { line: 1, sku: 'A', quantity: 1, amount: 50_00 },
          { line: 2, sku: 'B', quantity: 4, amount: 40_00 },
        ],
      });
  });

  it('is refused where its lines do not add up', () => {
    const lines = [
      { line: 1, quantity: 1, amount: 10_00 },
      { line: 2, quantity: 0, amount: 5_00 },
    ];
    given(...paid)
      .when(refund({ amount: 15_01, lines }))
      .thenRefused('refund-lines-differ', { amount: 15_01, linesAmount: 15_00 });
    given(...paid)
      .when(refund({ amount: 14_99, lines }))
      .thenRefused('refund-lines-differ');
    given(...paid)
      .when(refund({ amount: 60_01, lines: [{ line: 1, quantity: 2 }] }))
      .thenRefused('refund-lines-differ', { linesAmount: 60_00 });
  });

  it('is refused with a line that is unknown, named twice, or asked for more than it has', () => {
    given(...paid)
      .when(refund({ lines: [{ line: 3, quantity: 1 }] }))
      .thenRefused('refund-line-unknown', { line: 3 });
    given(...paid)
      .when(
        refund({
          lines: [
            { line: 1, quantity: 1 },
            { line: 1, quantity: 1 },
          ],
        }),
      )
      .thenRefused('refund-line-repeated', { line: 1 });
    given(...paid)
      .when(refund({ lines: [{ line: 1, quantity: 3 }] }))
      .thenRefused('refund-exceeds-units', { line: 1, returnable: 2 });
    given(...paid)
      .when(refund({ amount: 70_00, lines: [{ line: 1, quantity: 1, amount: 70_00 }] }))
      .thenRefused('refund-exceeds-line', { line: 1, refundable: 60_00 });
  });

  it('never brings back more units than were counted and not returned', () => {
    given(...paid, refunded({ refundId: 'r-0', amount: 30_00, lines: [{ line: 1, quantity: 1 }] }))
      .when(refund({ amount: 30_00, lines: [{ line: 1, quantity: 2 }] }))
      .thenRefused('refund-exceeds-units', { returnable: 1 });
    given(placed({ lines: two }), captured({ amount: 50_00 }))
      .when(refund({ lines: [{ line: 1, quantity: 1 }] }))
      .thenRefused('refund-exceeds-units', { returnable: 0 });
  });

  it.each([
    ['an amount of 0', { amount: 0 }, 'amount'],
    ['an amount below 0', { amount: -1 }, 'amount'],
    ['a quantity below 0', { lines: [{ line: 1, quantity: -1 }] }, 'lines[0].quantity'],
    ['half a unit', { lines: [{ line: 1, quantity: 0.5 }] }, 'lines[0].quantity'],
    ['an amount of a line below 0', { lines: [{ line: 1, quantity: 1, amount: -1 }] }, 'lines[0].amount'],
  ])('with %s is not well-formed', (_, said, field) =>
    given(...paid)
      .when(refund(said))
      .thenRefused('invalid-command', { field }),
  );

  it('told twice is nothing new, and with another body refused', () => {
    const lines = [{ line: 1, quantity: 1 }];
    const history = [...paid, refunded({ amount: 10_00, lines, reason: 'broken' })];
    given(...history)
      .when(refund({ amount: 10_00, lines, reason: 'broken' }))
      .thenNothingNew();
    given(...history, completed())
      .when(refund({ amount: 10_00, lines, reason: 'broken' }))
      .thenNothingNew();
    for (const other of [
      { amount: 10_01, lines, reason: 'broken' },
      { amount: 10_00, lines, reason: 'lost' },
      { amount: 10_00, reason: 'broken' },
      { amount: 10_00, lines: [{ line: 1, quantity: 0 }], reason: 'broken' },
      { amount: 10_00, lines: [{ line: 1, quantity: 1, amount: 10_00 }], reason: 'broken' },
    ]) {
      given(...history)
        .when(refund(other))
        .thenRefused('refund-id-used', { refundId: 'r-1', amount: 10_00 });
    }
    given(...paid, refunded({ amount: 100_00 }), cancelled())
      .when(refund({ amount: 100_00 }))
      .thenNothingNew();
  });

  it('of an order that was imported without lines goes by what its rows said was captured', () => {
    given(imported({ captured: 20_00, refunded: 5_00 }))
      .when(refund({ amount: 15_00 }))
      .thenHappened({
        type: 'RefundInitiated',
        allocation: [{ line: 0, sku: '(unknown)', quantity: 0, amount: 15_00 }],
      })
      .thenOrder({ status: 'refunded' });
  });
});

describe('the completion of a refund', () => {
  it('happens once', () => {
    given(...paid, refunded())
      .when(complete())
      .thenHappened({ type: 'RefundCompleted', refundId: 'r-1', currency: 'GBP', amount: 10_00 })
      .thenOrder({ status: 'partly-refunded' });
    given(...paid, refunded(), completed())
      .when(complete())
      .thenNothingNew();
  });

  it('of an unknown refund is not found', () =>
    given(...paid)
      .when(complete('r-9'))
      .thenRefused('refund-not-found', { refundId: 'r-9' }));

  it('may happen to a cancelled order', () => {
    given(...paid, refunded({ amount: 100_00 }), cancelled())
      .when(complete())
      .thenHappened({ type: 'RefundCompleted' })
      .thenOrder({ status: 'cancelled' });
  });
});

describe('a cancellation', () => {
  it('of an order without a capture ends it', () => {
    given(placed({ total: 89_99 }))
      .when(cancel())
      .thenHappened({ type: 'OrderCancelled', currency: 'GBP', total: 89_99 })
      .thenOrder({ status: 'cancelled' });
  });

  it('needs the refund of all that was captured: initiated is enough', () => {
    given(...paid)
      .when(cancel())
      .thenRefused('captured-not-refunded', { captured: 100_00, refunded: 0 });
    given(...paid, refunded({ amount: 99_99 }))
      .when(cancel())
      .thenRefused('captured-not-refunded', { refunded: 99_99 });
    given(...paid, refunded({ amount: 100_00 }))
      .when(cancel())
      .thenOrder({ status: 'cancelled' });
  });

  it('is final', () => {
    given(placed(), cancelled()).when(cancel()).thenRefused('order-cancelled');
    given(placed(), cancelled()).when(discount()).thenRefused('order-cancelled');
    given(placed(), cancelled()).when(refund()).thenRefused('order-cancelled');
  });
});
