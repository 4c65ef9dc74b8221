import { describe, expect, it } from '@jest/globals';
import { contradicting, given, imported, place, placed, updated, discounted, cancelled } from './given-when-then.js';
import { MAX_MINOR } from './money.js';

describe('an order that is placed', () => {
  it('numbers its lines, also two of one SKU, and adds them up', () => {
    given()
      .when(
        place({
          lines: [
            { sku: 'TEAPOT', quantity: 2, unitPrice: 12_50 },
            { sku: 'TEAPOT', quantity: 1, unitPrice: 10_00 },
          ],
        }),
      )
      .thenHappened({
        type: 'OrderPlaced',
        customerId: 'c-1',
        channel: 'api',
        currency: 'GBP',
        total: 35_00,
        lines: [
          { line: 1, sku: 'TEAPOT', quantity: 2, unitPrice: 12_50, amount: 25_00 },
          { line: 2, sku: 'TEAPOT', quantity: 1, unitPrice: 10_00, amount: 10_00 },
        ],
      })
      .thenOrder({ status: 'placed', total: 35_00, captured: 0, refunded: 0, placedTotal: 35_00 });
  });

  it('keeps the sealed person as it is', () => {
    const customer = { keyId: 'k-1', sealed: 'AAAA' };
    given().when(place({ customer })).thenHappened({ type: 'OrderPlaced', customer }).thenOrder({ customer });
  });

  it('says where it came from, which is the API where nobody says', () => {
    given().when(place()).thenHappened({ type: 'OrderPlaced', channel: 'api' }).thenOrder({ channel: 'api' });
    given()
      .when(place({ channel: 'shop-2' }))
      .thenHappened({ type: 'OrderPlaced', channel: 'shop-2' })
      .thenOrder({ channel: 'shop-2' });
  });

  it('may cost nothing, and stays placed', () => {
    given()
      .when(place({ total: 0 }))
      .thenOrder({ status: 'placed', total: 0 });
  });

  it.each([
    ['no lines', { lines: [] }, 'lines'],
    ['a quantity of 0', { lines: [{ sku: 'A', quantity: 0, unitPrice: 1 }] }, 'lines[0].quantity'],
    ['half a unit', { lines: [{ sku: 'A', quantity: 0.5, unitPrice: 1 }] }, 'lines[0].quantity'],
    ['a price below 0', { lines: [{ sku: 'A', quantity: 1, unitPrice: -1 }] }, 'lines[0].unitPrice'],
    ['half a penny', { lines: [{ sku: 'A', quantity: 1, unitPrice: 1.5 }] }, 'lines[0].unitPrice'],
    ['a price that is no number', { lines: [{ sku: 'A', quantity: 1, unitPrice: NaN }] }, 'lines[0].unitPrice'],
    ['no SKU', { lines: [{ sku: '', quantity: 1, unitPrice: 1 }] }, 'lines[0].sku'],
    ['a currency that nobody pays in', { currency: 'XXX' }, 'currency'],
    ['no customer', { customerId: '' }, 'customerId'],
    ['a channel of no name', { channel: '' }, 'channel'],
    ['a channel as a person writes it', { channel: 'The Shop' }, 'channel'],
    ['a channel of 33 letters', { channel: 'a'.repeat(33) }, 'channel'],
  ])('is not well-formed with %s', (_, said, field) =>
    given().when(place(said)).thenRefused('invalid-command', { field }),
  );

  it('is refused above what money can count, in one line or in all of them', () => {
    given()
      .when(place({ total: MAX_MINOR }))
      .thenOrder({ total: MAX_MINOR });
    const dear = { sku: 'A', quantity: 1, unitPrice: MAX_MINOR };
    given()
      .when(place({ lines: [{ ...dear, quantity: 2 }] }))
      .thenRefused('total-too-large', { limit: MAX_MINOR });
    given()
      .when(place({ lines: [dear, { ...dear, unitPrice: 1 }] }))
      .thenRefused('total-too-large');
  });
});

describe('a second order with an ID that is taken', () => {
  it('hears both totals', () =>
    given(placed({ total: 89_99 }))
      .when(place({ total: 79_99 }))
      .thenRefused('order-exists', {
        existing: { currency: 'GBP', placedTotal: 89_99, total: 89_99 },
        requested: { currency: 'GBP', total: 79_99 },
        sameContent: false,
      }));

  it('has the same content as the first though that was discounted, updated or cancelled since', () => {
    for (const since of [discounted(), updated(12_00), cancelled()]) {
      given(placed({ total: 89_99 }), since)
        .when(place({ total: 89_99 }))
        .thenRefused('order-exists', { sameContent: true });
    }
    given(placed({ total: 89_99 }), updated(12_00), updated(13_00))
      .when(place({ total: 13_00 }))
      .thenRefused('order-exists', { sameContent: false });
  });

  it.each([
    ['customer', { customerId: 'c-2' }],
    ['currency', { currency: 'EUR' }],
    ['SKU', { lines: [{ sku: 'CUP', quantity: 1, unitPrice: 89_99 }] }],
    ['lines', { lines: [{ sku: 'TEAPOT', quantity: 89_99, unitPrice: 1 }] }],
  ])('has other content with another %s, though it costs the same', (_, said) =>
    given(placed()).when(place(said)).thenRefused('order-exists', { sameContent: false }),
  );

  it('is refused for an imported one, on hold or not', () => {
    given(imported()).when(place()).thenRefused('order-exists', { sameContent: false });
    given(contradicting()).when(place()).thenRefused('order-exists');
  });
});

it('the order before its first fact refuses everything but being placed', () => {
  expect(given().order.status).toBe('none');
  given().when({ type: 'CancelOrder' }).thenRefused('order-not-found');
  given().when({ type: 'CompleteRefund', refundId: 'r' }).thenRefused('order-not-found');
  given().when({ type: 'ResolveHold', decision: 'd' }).thenRefused('order-not-found');
});
