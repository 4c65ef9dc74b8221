import { describe, expect, it } from '@jest/globals';
import { IANAZone } from 'luxon';
import { needsPerson, textOf } from './current-state-summary.js';
import { readSource } from './read-source.js';
import { tableOf } from './testing/table-of.js';

const kept = () => ({ orders: 0, rows: 0, entries: 0 });
async function summaryOf(orderIds: string[], paid: string[] = []) {
  const table = tableOf(
    'orders.csv',
    ['id', 'total', 'status'],
    orderIds.map((orderId) => [orderId, '1.00', 'paid']),
  );
  const paidStatuses = new Set(paid);
  const read = await readSource(table, undefined, {
    ...{ map: new Map(), mapAudit: new Map(), auditOf: undefined, tableName: 'orders', mostRows: 100 },
    reading: { currency: 'GBP', minorUnits: false, zone: IANAZone.create('UTC'), paidStatuses },
    signal: new AbortController().signal,
  });
  const imported = {
    ...{ keptNow: kept(), keptBefore: kept(), refused: [], contradicting: [], saidMore: [], duplicates: [] },
    ...{ gone: [], withGaps: [], waiting: [] },
  };
  const about = { read, imported, report: 'refused.csv', stoodAt: 0, logFound: false, timeZone: 'UTC' };
  return { ...about, paidByStatus: paidStatuses.size > 0 };
}

describe('what an import says', () => {
  it('names IDs that differ in capitals alone, and wants a person to look', async () => {
    const summary = await summaryOf(['a-1', 'A-1', 'b-1', 'b-1']);
    expect(textOf(summary)).toContain('1 order ID is written in more than one way, with other capitals: a-1 and A-1');
    expect(needsPerson(summary)).toBe(true);
    const without = await summaryOf(['a-1', 'b-1']);
    expect(textOf(without)).not.toContain('capitals');
    expect(needsPerson(without)).toBe(false);
  });

  it('names the columns that are not read, of very many the first', async () => {
    const summary = await summaryOf(['1']);
    const unread = ['', ...Array.from({ length: 1_000 }, (_, at) => `c${at}`)];
    const text = textOf({ ...summary, read: { ...summary.read, unread } });
    expect(text).toMatch(/^Not read: \(a column without a name\), c0, c1, .*, c48 and 951 more$/m);
    expect(textOf(summary)).not.toContain('Not read');
  });

  it('does not say that nothing counts as captured where statuses say what does', async () => {
    expect(textOf(await summaryOf(['1'], ['paid']))).toContain(
      'it counts as the total where --paid-status names the status',
    );
    expect(textOf(await summaryOf(['1']))).toContain('it counts as 0 (--paid-status');
  });
});
