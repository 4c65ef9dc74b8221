import { describe, expect, it } from '@jest/globals';
import { IANAZone } from 'luxon';
import { fold } from '@orderlog/order-domain';
import { ordersOf } from './import-current-state.js';
import { newInIt } from './order-to-import.js';
import { readSource } from './read-source.js';
import { tableOf } from './testing/table-of.js';

const zone = IANAZone.create('UTC');
/** The fact of one order, of rows that say 20.00 and each a currency, or none. */
async function factOf(currencies: (string | null)[], currency = 'GBP') {
  const table = tableOf(
    'orders.csv',
    ['id', 'total', 'currency'],
    currencies.map((named) => ['8471', '20.00', named]),
  );
  const read = await readSource(table, undefined, {
    ...{ map: new Map(), mapAudit: new Map(), auditOf: undefined, tableName: 'orders', mostRows: 100 },
    reading: { currency, minorUnits: false, zone, paidStatuses: new Set() },
    signal: new AbortController().signal,
  });
  const [order] = ordersOf(read, { refused: [] });
  return order!.fact;
}

describe('a row that names no currency', () => {
  it.each([
    [[null, 'GBP'], false],
    [['GBP', null], false],
    [[null, null], false],
    [[null, 'EUR'], true],
    [['EUR', null], true],
  ])('says the one that it is read in: %j', async (currencies, onHold) => {
    const fact = await factOf(currencies);
    expect(fold([fact]).hold !== null).toBe(onHold);
    if (onHold) expect(fact.claims.map(({ currency }) => currency)).toEqual(currencies.map((named) => named ?? 'GBP'));
  });

  it('contradicts nothing where a later import names that currency, nor the other way round', async () => {
    const [silent, named] = [await factOf([null]), await factOf(['GBP'])];
    expect(newInIt(named, silent)).toMatchObject({ claims: [{ currency: 'GBP' }], contradicts: false });
    expect(newInIt(silent, named)).toMatchObject({ claims: [{ total: 20_00 }], contradicts: false });
  });

  it('contradicts itself where a later import reads it in another', async () => {
    const [pounds, euros] = [await factOf([null], 'GBP'), await factOf([null], 'EUR')];
    expect(newInIt(euros, pounds)).toMatchObject({ claims: [{ total: 20_00, currency: 'EUR' }], contradicts: true });
    expect(newInIt(pounds, pounds)).toBeUndefined();
  });
});
