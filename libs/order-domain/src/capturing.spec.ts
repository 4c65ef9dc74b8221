import { describe, expect, it } from '@jest/globals';
import { cancelled, capture, captured, discounted, given, imported, placed, refunded } from './given-when-then.js';

const three = [
  { sku: 'A', quantity: 1, unitPrice: 1_00 },
  { sku: 'B', quantity: 2, unitPrice: 50 },
  { sku: 'A', quantity: 4, unitPrice: 25 },
];

describe('a capture', () => {
  it('is refused above what is owed', () => {
    given(placed({ total: 89_99 }), discounted({ amount: 10_00 }))
      .when(capture({ amount: 80_00 }))
      .thenRefused('capture-exceeds-owed', { owed: 79_99, currency: 'GBP' });
    given(placed({ total: 10_00 }), captured({ paymentId: 'p-0', amount: 4_00 }))
      .when(capture({ amount: 6_01 }))
      .thenRefused('capture-exceeds-owed', { owed: 6_00 });
  });

  it('of all counts every unit', () => {
    given(placed({ lines: three }))
      .when(capture({ amount: 3_00 }))
      .thenHappened({
        type: 'PaymentCaptured',
        paymentId: 'p-1',
        currency: 'GBP',
        amount: 3_00,
        allocation: [
          { line: 1, sku: 'A', quantity: 1, amount: 1_00 },
          { line: 2, sku: 'B', quantity: 2, amount: 1_00 },
          { line: 3, sku: 'A', quantity: 4, amount: 1_00 },
        ],
      })
      .thenOrder({ status: 'captured', captured: 3_00 });
  });

  it('of a part counts none, adds up to the penny, and the next ones fill each line to its share', () => {
    const first = given(placed({ lines: three })).when(capture({ paymentId: 'p-1', amount: 1_00 }));
    first.thenHappened({
      type: 'PaymentCaptured',
      allocation: [
        { line: 1, sku: 'A', quantity: 0, amount: 34 },
        { line: 2, sku: 'B', quantity: 0, amount: 33 },
        { line: 3, sku: 'A', quantity: 0, amount: 33 },
      ],
    });
    first.thenOrder({ status: 'partly-captured' });
    const second = given(placed({ lines: three }), ...first.facts).when(capture({ paymentId: 'p-2', amount: 1_00 }));
    second.thenHappened({
      type: 'PaymentCaptured',
      allocation: [
        { line: 1, sku: 'A', quantity: 0, amount: 33 },
        { line: 2, sku: 'B', quantity: 0, amount: 34 },
        { line: 3, sku: 'A', quantity: 0, amount: 33 },
      ],
    });
    given(placed({ lines: three }), ...first.facts, ...second.facts)
      .when(capture({ paymentId: 'p-3', amount: 1_00 }))
      .thenHappened({
        type: 'PaymentCaptured',
        allocation: [
          { line: 1, sku: 'A', quantity: 1, amount: 33 },
          { line: 2, sku: 'B', quantity: 2, amount: 33 },
          { line: 3, sku: 'A', quantity: 4, amount: 34 },
        ],
      })
      .thenOrder({ status: 'captured' });
  });

  it('counts the units of a line that costs nothing with the first capture', () => {
    const lines = [
      { sku: 'A', quantity: 1, unitPrice: 10_00 },
      { sku: 'GIFT', quantity: 2, unitPrice: 0 },
    ];
    const first = given(placed({ lines })).when(capture({ amount: 4_00 }));
    first.thenHappened({
      type: 'PaymentCaptured',
      allocation: [
        { line: 1, sku: 'A', quantity: 0, amount: 4_00 },
        { line: 2, sku: 'GIFT', quantity: 2, amount: 0 },
      ],
    });
    given(placed({ lines }), ...first.facts)
      .when(capture({ paymentId: 'p-2', amount: 6_00 }))
      .thenHappened({ type: 'PaymentCaptured', allocation: [{ line: 1, sku: 'A', quantity: 1, amount: 6_00 }] });
  });

  it('told twice is nothing new, and with another amount refused, also on a cancelled order', () => {
    const history = [placed(), captured({ amount: 10_00 })];
    given(...history)
      .when(capture({ amount: 10_00 }))
      .thenNothingNew();
    given(...history)
      .when(capture({ amount: 10_01 }))
      .thenRefused('payment-id-used', { paymentId: 'p-1', amount: 10_00 });
    given(...history, refunded({ amount: 10_00 }), cancelled())
      .when(capture({ amount: 10_00 }))
      .thenNothingNew();
  });

  it('is not owed again by a refund', () =>
    given(placed({ total: 10_00 }), captured({ amount: 10_00 }), refunded({ amount: 10_00 }))
      .when(capture({ paymentId: 'p-2', amount: 1 }))
      .thenRefused('capture-exceeds-owed', { owed: 0 }));

  it('on a cancelled order is refused', () =>
    given(placed(), cancelled()).when(capture()).thenRefused('order-cancelled'));

  it.each([0, -1, 0.01, NaN, Infinity, 2 ** 53])('of %p is not well-formed', (amount) =>
    given(placed()).when(capture({ amount })).thenRefused('invalid-command', { field: 'amount' }),
  );

  it('of an order that was imported without lines falls on a line of no number', () => {
    given(imported({ total: 50_00, captured: 20_00 }))
      .when(capture({ amount: 30_00 }))
      .thenHappened({
        type: 'PaymentCaptured',
        allocation: [{ line: 0, sku: '(unknown)', quantity: 0, amount: 30_00 }],
      })
      .thenOrder({ status: 'captured', captured: 50_00 });
  });

  it('spreads amounts whose products no double can hold', () => {
    const lines = [
      { sku: 'A', quantity: 1, unitPrice: 4_000_000_000_000_001 },
      { sku: 'B', quantity: 1, unitPrice: 4_000_000_000_000_003 },
    ];
    const { facts } = given(placed({ lines })).when(capture({ amount: 7_999_999_999_999_999 }));
    expect(facts).toMatchObject([
      { allocation: [{ amount: 3_999_999_999_999_999 }, { amount: 4_000_000_000_000_000 }] },
    ]);
  });
});
