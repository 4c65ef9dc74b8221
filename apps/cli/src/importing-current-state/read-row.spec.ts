import { describe, expect, it } from '@jest/globals';
import { IANAZone } from 'luxon';
import { formatInstant } from '@orderlog/instant';
import { readRow, type Reading, type RowFields } from './read-row.js';

const reading: Reading = {
  ...{ currency: 'GBP', minorUnits: false, zone: IANAZone.create('Europe/London') },
  paidStatuses: new Set(['paid']),
};
const read = (fields: RowFields, more: Partial<Reading> = {}) =>
  readRow({ orderId: '8471', total: '89.99', ...fields }, 17, 'orders.csv:17', { ...reading, ...more });

describe('a row', () => {
  it('is a claim, with what it does not say left out', () => {
    expect(read({})).toMatchObject({ orderId: '8471', currency: 'GBP', captured: 0, customerLeftOut: false });
    expect(read({ status: ' ' })).toMatchObject({
      claim: { total: 89_99, status: '(no status)', origin: 'orders.csv:17' },
    });
    expect(Object.keys((read({ currency: null }) as { claim: object }).claim)).toEqual(['total', 'status', 'origin']);
  });

  it.each<[string, string, boolean, number]>([
    ['79.99', 'GBP', false, 79_99],
    ['79.9900', 'GBP', false, 79_99],
    ['79.9', 'GBP', false, 79_90],
    ['7999', 'JPY', false, 7_999],
    ['7.999', 'KWD', false, 7_999],
    ['7999', 'GBP', true, 79_99],
    ['90071992547409.90', 'GBP', false, 9_007_199_254_740_990],
  ])('of %s %s (minor units: %s) comes to %i, exactly', (total, currency, minorUnits, minor) =>
    expect(read({ total, currency }, { minorUnits })).toMatchObject({ claim: { total: minor } }),
  );

  it.each<[RowFields, string, RegExp | string]>([
    [{ orderId: ' ' }, 'no-order-id', ''],
    [{ orderId: 'a b' }, 'not-an-order-id', 'a b'],
    [{ total: '' }, 'no-total', ''],
    [{ orderId: '..' }, 'not-an-order-id', '..'],
    [{ total: 'twelve' }, 'amount-not-a-number', 'total: twelve'],
    [{ total: '1.23457E+06' }, 'amount-not-a-number', 'total: 1.23457E'],
    [{ total: '79.99000000000001' }, 'amount-not-exact', 'total: 79.99000000000001'],
    [{ captured: '0.001' }, 'amount-not-exact', 'captured: 0.001'],
    [{ refunded: 't' }, 'amount-not-a-number', 'refunded: t'],
    [{ total: '-1' }, 'amount-below-zero', 'total: -1'],
    [{ total: '90071992547409.91' }, 'amount-too-large', /^total/],
    [{ currency: 'XXX' }, 'not-a-currency', 'XXX'],
    [{ status: 'x'.repeat(201) }, 'text-too-long', /201/],
    [{ status: 'a\0b' }, 'unkeepable-character', 'status'],
    [{ status: 'caf\uFFFD' }, 'not-utf-8', 'status'],
    [{ updatedAt: 'yesterday' }, 'time-not-readable', 'updatedAt: yesterday'],
    [{ createdAt: '2024-02-30' }, 'time-not-readable', /^createdAt/],
  ])('that says %j is refused: %s', (fields, reason, detail) => {
    expect(read(fields)).toMatchObject({ origin: 'orders.csv:17', reason, detail: expect.stringMatching(detail) });
  });

  it.each<[string, string, number | string]>([
    ['79,99', 'GBP', 79_99],
    ['79,9900', 'GBP', 79_99],
    ['7999', 'GBP', 7_999_00],
    ['7,999', 'KWD', 7_999],
    ['79.99', 'GBP', 'amount-not-a-number'],
    ['1.000', 'GBP', 'amount-not-a-number'],
    ['1.234,56', 'GBP', 'amount-not-a-number'],
    ['1,234,56', 'GBP', 'amount-not-a-number'],
    ['79,999', 'GBP', 'amount-not-exact'],
  ])('of %s %s in a table with decimal commas comes to %p', (total, currency, comes) => {
    const row = read({ total, currency }, { decimalComma: true });
    expect('reason' in row ? row.reason : row.claim.total).toBe(comes);
  });

  it('needs a currency from somewhere', () => {
    expect(read({}, { currency: undefined })).toMatchObject({ reason: 'no-currency' });
    expect(read({ currency: 'eur' }, { currency: undefined })).toMatchObject({ currency: 'EUR' });
  });

  it.each([
    ['2024-07-01 12:00:00', '2024-07-01T11:00:00.000000Z'],
    ['2024-07-01', '2024-06-30T23:00:00.000000Z'],
    ['2024-07-01 12:00:00+00', '2024-07-01T12:00:00.000000Z'],
    ['2024-07-01 12:00:00.5+0530', '2024-07-01T06:30:00.500000Z'],
    ['2024-07-01T12:00Z', '2024-07-01T12:00:00.000000Z'],
    ['2024-07-01 12:00:00.123456789', '2024-07-01T11:00:00.123456Z'],
  ])('changed at %s was changed at %s', (updatedAt, at) => {
    const { claim } = read({ updatedAt }) as { claim: { updatedAt: number } };
    expect(formatInstant(claim.updatedAt)).toBe(at);
  });

  it('of a time that never was has none', () => {
    expect(read({ updatedAt: '0000-00-00 00:00:00' })).not.toHaveProperty('claim.updatedAt');
  });

  it('has its customer, unless that is an e-mail address', () => {
    expect(read({ customerId: 'c-1042' })).toMatchObject({ claim: { customerId: 'c-1042' } });
    const left = read({ customerId: 'ada@example.org' });
    expect(left).toMatchObject({ customerLeftOut: true });
    expect(JSON.stringify(left)).not.toContain('ada');
  });

  it('counts as paid in full where its status says so and no column does', () => {
    expect(read({ status: 'Paid' })).toMatchObject({ captured: 89_99, claim: { captured: 89_99 } });
    expect(read({ status: 'Paid', captured: '10' })).toMatchObject({ captured: 10_00 });
    expect(read({ status: 'open' })).toMatchObject({ captured: 0 });
  });
});
