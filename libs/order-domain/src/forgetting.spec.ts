import { describe, expect, it } from '@jest/globals';
import { foldAsOf } from './as-of.js';
import { differenceOf } from './difference.js';
import {
  cancelled,
  capture,
  captured,
  completed,
  contradicting,
  forget,
  forgotten,
  given,
  placed,
  refunded,
  type Happening,
} from './given-when-then.js';

const customer = { keyId: 'k-1', sealed: 'c2VhbGVk' };
const known = placed({ customer });

describe('forgetting a customer', () => {
  it.each<[string, Happening[]]>([
    ['placed', []],
    ['partly-captured', [captured()]],
    ['captured', [captured({ amount: 89_99 })]],
    ['partly-refunded', [captured({ amount: 89_99 }), refunded()]],
    ['cancelled', [captured(), refunded(), completed(), cancelled()]],
  ])('takes the person away and moves no money, of an order that is %s', (status, history) => {
    const { order, when } = given(known, ...history);
    expect(order.status).toBe(status);
    const { after } = when(forget()).thenHappened({ type: 'CustomerForgotten', customerId: 'c-1', keyId: 'k-1' });
    const { customer: _, ...others } = order;
    expect(after).toEqual({ ...others, forgotten: { keyId: 'k-1' } });
  });

  it('happens once', () => given(known, forgotten()).when(forget()).thenNothingNew());

  it('is nothing to an order that holds nobody, or somebody under another key', () => {
    given(placed()).when(forget()).thenNothingNew();
    given(placed({ customer: { ...customer, keyId: 'k-2' } }))
      .when(forget())
      .thenNothingNew();
    given(contradicting()).when(forget()).thenNothingNew();
  });

  it('needs an order, and a key', () => {
    given().when(forget()).thenRefused('order-not-found');
    given(known).when(forget('')).thenRefused('invalid-command', { field: 'keyId' });
  });

  it('leaves the order as it was for everything else', () => {
    given(known, forgotten())
      .when(capture({ amount: 89_99 }))
      .thenHappened({ type: 'PaymentCaptured', amount: 89_99 })
      .thenOrder({ status: 'captured', forgotten: { keyId: 'k-1' } });
  });

  it('is the only difference that it makes', () => {
    const { order, when } = given(known);
    expect(differenceOf(order, when(forget()).after).map(({ text }) => text)).toEqual([
      'person kept, encrypted → forgotten',
    ]);
  });

  it('has no place before the order, as of then', () => {
    const { facts: placing } = given().when({
      type: 'PlaceOrder',
      customerId: 'c-1',
      customer,
      currency: 'GBP',
      lines: [{ sku: 'TEAPOT', quantity: 1, unitPrice: 1 }],
    });
    const fact = { type: 'CustomerForgotten', customerId: 'c-1', keyId: 'k-1' } as const;
    const timed = (occurredAt: number) => [
      { fact: placing[0]!, version: 1, occurredAt: 10 },
      { fact, version: 2, occurredAt },
    ];
    expect(foldAsOf(timed(20), 30)).toMatchObject({ order: { forgotten: { keyId: 'k-1' } }, notApplicable: [] });
    expect(foldAsOf(timed(20), 15).order).toMatchObject({ customer });
    expect(foldAsOf(timed(5), 30)).toMatchObject({ order: { customer }, notApplicable: [{ version: 2 }] });
  });
});
