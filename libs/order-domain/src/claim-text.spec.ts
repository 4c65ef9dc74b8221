import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimText, notInTable } from './claim-text.js';
import { contradict } from './evolve.js';
import type { Claim } from './order-event.js';

it('says what a row claims, and nothing that it does not', () => {
  const claim = { total: 89_99, status: 'paid', origin: 'orders.csv:2' };
  expect(claimText(claim, 'GBP')).toBe('89.99 GBP, paid');
  expect(claimText({ ...claim, currency: 'EUR', captured: 0, refunded: 5_00, customerId: 'c-1' }, 'GBP')).toBe(
    '89.99 EUR, paid, captured 0.00 EUR, refunded 5.00 EUR, customer c-1',
  );
});

it('says of a table that has no row of the order that it has none, and no amount', () => {
  expect(claimText(notInTable('orders.csv'), 'GBP')).toBe('no such row');
  expect(claimText({ ...notInTable('orders.csv'), total: 1 }, 'GBP')).toBe('0.01 GBP, (not in the table)');
});

it('reads differently of rows that contradict each other: whoever decides sees in what', () => {
  const amount = fc.nat(2);
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const claim = fc.record({
    ...{ total: amount, status: fc.constantFrom('open', 'paid'), currency: fc.constantFrom('GBP', 'EUR') },
    ...{ captured: maybe(amount), refunded: maybe(amount), customerId: maybe(fc.constantFrom('c-1', 'c-2')) },
    origin: fc.constantFrom('orders.csv:2', 'orders.csv:3'),
  }) as fc.Arbitrary<Claim>;
  fc.assert(
    fc.property(claim, claim, (one, other) => {
      expect(claimText(one, 'GBP') !== claimText(other, 'GBP')).toBe(contradict([one, other]));
    }),
  );
});
