import { describe, it } from '@jest/globals';
import {
  cancelled,
  capture,
  captured,
  discount,
  discounted,
  given,
  place,
  placed,
  refunded,
  update,
  updated,
} from './given-when-then.js';
import { MAX_MINOR } from './money.js';

const two = [
  { sku: 'A', quantity: 1, unitPrice: 60_00 },
  { sku: 'B', quantity: 3, unitPrice: 10_00 },
];

describe('an update of the lines', () => {
  it('replaces them, and discounts stay', () => {
    given(placed({ total: 89_99 }), discounted({ amount: 10_00 }))
      .when(update(two))
      .thenHappened({ type: 'OrderUpdated', currency: 'GBP', total: 80_00 })
      .thenOrder({ total: 80_00, discounts: [{ code: 'SAVE10', amount: 10_00 }] });
  });

  it('to what they are makes nothing happen; the same lines in another order are other lines', () => {
    given(placed(), updated(two)).when(update(two)).thenNothingNew();
    given(placed(), updated(two)).when(update(two.toReversed())).thenHappened({ type: 'OrderUpdated' });
    given(placed(), updated(two), captured({ amount: 1 }))
      .when(update(two))
      .thenRefused('lines-after-capture');
  });

  it('is refused where the discounts exceed the new total, and may come down to nothing', () => {
    given(placed(), discounted({ amount: 10_00 }))
      .when(update(9_99))
      .thenRefused('discounts-exceed-total', { discounts: 10_00, linesTotal: 9_99 });
    given(placed(), discounted({ amount: 10_00 }))
      .when(update(10_00))
      .thenOrder({ total: 0, status: 'placed' });
  });

  it('is refused after any capture, be it refunded', () => {
    given(placed(), captured({ amount: 1 }))
      .when(update(two))
      .thenRefused('lines-after-capture', { captured: 1 });
    given(placed(), captured({ amount: 1 }), refunded({ amount: 1 }))
      .when(update(two))
      .thenRefused('lines-after-capture');
  });

  it('is refused without lines, above what money can count, and on a cancelled order', () => {
    given(placed()).when(update([])).thenRefused('invalid-command', { field: 'lines' });
    given(placed())
      .when(update([{ sku: 'A', quantity: 2, unitPrice: MAX_MINOR }]))
      .thenRefused('total-too-large');
    given(placed(), cancelled()).when(update(two)).thenRefused('order-cancelled');
  });

  it('may happen again', () => {
    given(placed(), updated(two), updated(1_00))
      .when(capture({ amount: 1_00 }))
      .thenOrder({ status: 'captured' });
  });
});

describe('a discount', () => {
  it('lowers the total', () => {
    given(placed({ total: 89_99 }))
      .when(discount({ code: 'SAVE10', amount: 10_00 }))
      .thenHappened({ type: 'DiscountApplied', currency: 'GBP', code: 'SAVE10', amount: 10_00, total: 79_99 })
      .thenOrder({ total: 79_99, status: 'placed' });
  });

  it('is refused with a code that the order has, even of another amount', () => {
    given(placed(), discounted({ amount: 10_00 }))
      .when(discount({ amount: 5_00 }))
      .thenRefused('discount-code-used', { discountCode: 'SAVE10', amount: 10_00 });
    given(placed(), discounted(), updated(20_00)).when(discount()).thenRefused('discount-code-used');
  });

  it('is refused above the total, and may take all of it', () => {
    given(placed({ total: 9_99 }))
      .when(discount({ amount: 10_00 }))
      .thenRefused('discount-exceeds-total', { total: 9_99 });
    given(placed({ total: 10_00 }))
      .when(discount({ amount: 10_00 }))
      .thenOrder({ total: 0, status: 'placed' });
  });

  it.each([0, -1, 0.5, NaN, Infinity, 2 ** 53])('of %p is not well-formed', (amount) =>
    given(placed()).when(discount({ amount })).thenRefused('invalid-command', { field: 'amount' }),
  );

  it('is refused where it would leave the total below what is captured', () =>
    given(placed({ total: 50_00 }), captured({ amount: 45_00 }))
      .when(discount({ amount: 5_01 }))
      .thenRefused('discount-below-captured', { total: 50_00, captured: 45_00 }));

  it('after a capture takes from what is left on each line, never from what was captured', () => {
    const partly = given(placed({ lines: two }), captured({ amount: 45_00 })); // 30.00 and 15.00
    partly.when(discount({ amount: 15_00 })).thenOrder({
      total: 75_00,
      tallies: [
        { line: 1, share: 50_00, captured: 30_00, refunded: 0, unitsCounted: 0, unitsReturned: 0 },
        { line: 2, share: 25_00, captured: 15_00, refunded: 0, unitsCounted: 0, unitsReturned: 0 },
      ],
    });
  });

  it('that leaves nothing owed of a part-captured order counts its units: no capture will come', () => {
    given(placed({ lines: two }), captured({ amount: 45_00 }))
      .when(discount({ amount: 45_00 }))
      .thenHappened({
        type: 'DiscountApplied',
        total: 45_00,
        completed: [
          { line: 1, sku: 'A', quantity: 1, amount: 0 },
          { line: 2, sku: 'B', quantity: 3, amount: 0 },
        ],
      })
      .thenOrder({ status: 'captured', captured: 45_00 });
  });

  it('on a cancelled order is refused', () =>
    given(placed(), cancelled()).when(discount()).thenRefused('order-cancelled'));
});

it('an order that is placed again after all this is still the one', () =>
  given(placed(), updated(two), discounted()).when(place()).thenRefused('order-exists', { sameContent: true }));
