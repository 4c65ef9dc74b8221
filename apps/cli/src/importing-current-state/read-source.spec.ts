import { describe, expect, it } from '@jest/globals';
import { IANAZone } from 'luxon';
import { mapping } from './columns.js';
import { evidenceOf } from './evidence-of.js';
import { type ReadOptions, readSource } from './read-source.js';
import type { TableSource } from './table-source.js';
import { tableOf } from './testing/table-of.js';

const options: ReadOptions = {
  ...{ map: new Map(), mapAudit: new Map(), auditOf: undefined, tableName: 'orders', mostRows: 100 },
  reading: { currency: 'GBP', minorUnits: false, zone: IANAZone.create('UTC'), paidStatuses: new Set() },
  signal: new AbortController().signal,
};
const table = tableOf('orders.csv', ['id', 'total', 'status'], [['8471', '79.99', 'open']]);
const read = (log?: TableSource, more: Partial<ReadOptions> = {}, from = table) =>
  readSource(from, log, { ...options, ...more });
/** What a log says of order 8471, and its gaps. */
const told = async (log: TableSource, more: Partial<ReadOptions> = {}, from = table) => {
  const source = await read(log, more, from);
  expect(source.refused).toEqual([]);
  const { rows, entries } = source.orders.get('8471')!;
  const { evidence, gaps } = evidenceOf(entries, rows, source.log.about!).past;
  return { evidence: evidence.map(({ what }) => what), gaps: gaps.map(({ what }) => what) };
};
const complete = { evidence: ['row made: total 89.99 GBP, status open', 'total 89.99 → 79.99 GBP'], gaps: [] };

describe('the log beside a table', () => {
  it('has whole rows before and after, or only what changed', async () => {
    const columns = ['id', 'operation', 'old_data', 'new_data'];
    const made = ['1', 'I', null, '{"id":8471,"total":89.99,"status":"open"}'];
    const whole = ['2', 'U', '{"id":8471,"total":89.99,"status":"open"}', '{"id":8471,"total":79.99,"status":"open"}'];
    expect(await told(tableOf('log.csv', columns, [made, whole]))).toEqual(complete);
    const changed = ['8471', '2', 'U', '{"total":89.99}', '{"total":79.99}'];
    const withId = tableOf('log.csv', ['row_id', ...columns], [['8471', ...made], changed]);
    expect(await told(withId)).toEqual(complete);
  });

  it('has a pair of columns for each value', async () => {
    const columns = ['order_id', 'action', 'old_total', 'new_total', 'old_status', 'new_status'];
    const log = tableOf('log.csv', columns, [
      ['8471', 'INSERT', null, '89.99', null, 'open'],
      ['8471', 'UPDATE', '89.99', '79.99', 'open', 'open'],
    ]);
    expect(await told(log)).toEqual(complete);
    const jumping = tableOf('log.csv', columns, [
      ['8471', 'INSERT', null, '89.99', null, 'open'],
      ['8471', 'UPDATE', '84.99', '79.99', 'open', 'open'],
    ]);
    expect((await told(jumping)).gaps).toEqual(['total 89.99 → 84.99 GBP: changed without an entry']);
  });

  it('has JSON’s points beside a table with decimal commas, or commas as the table', async () => {
    const commas = tableOf('orders.csv', ['id', 'total', 'status'], [['8471', '79,99', 'open']]);
    const reading = { ...options.reading, decimalComma: true };
    const json = [
      ['1', 'I', null, '{"id":8471,"total":89.99,"status":"open"}'],
      ['2', 'U', '{"id":8471,"total":89.99}', '{"id":8471,"total":"79,99"}'],
    ];
    const log = tableOf('log.csv', ['id', 'operation', 'old_data', 'new_data'], json);
    expect(await told(log, { reading }, commas)).toEqual(complete);
  });

  it('has an entry for each value that changed', async () => {
    const columns = ['order_id', 'op', 'field', 'old_value', 'new_value'];
    const log = tableOf('log.csv', columns, [
      ['8471', 'I', 'total', null, '89.99'],
      ['8471', 'I', 'status', null, 'open'],
      ['8471', 'U', 'total', '89.99', '79.99'],
    ]);
    expect(await told(log)).toEqual({
      evidence: ['row made: total 89.99 GBP', 'row made: status open', 'total 89.99 → 79.99 GBP'],
      gaps: [],
    });
  });

  it('names its values as the table does, though a query gives them other names', async () => {
    const query = tableOf('postgres:query', ['no', 'due'], [['8471', '79.99']]);
    const map = mapping('orderId=no,total=due', '--map');
    const log = (name: string) =>
      tableOf(
        'log.csv',
        ['old', 'new'],
        [
          [null, `{"id":8471,"${name}":89.99}`],
          [`{"id":8471,"${name}":89.99}`, `{"id":8471,"${name}":79.99}`],
        ],
      );
    const says = { evidence: ['row made: total 89.99 GBP', 'total 89.99 → 79.99 GBP'], gaps: [] };
    expect(await told(log('total_amount'), { map }, query)).toEqual(says);
    const mapAudit = mapping('total=gross', '--map-audit');
    expect(await told(log('gross'), { map, mapAudit }, query)).toEqual(says);
  });

  it('may be of several tables: the one that is meant, or the question which', async () => {
    const columns = ['table_name', 'new'];
    const log = tableOf('log.csv', columns, [
      ['public.orders', '{"id":8471,"total":79.99,"status":"open"}'],
      ['customers', '{"id":8471,"name":"Ada"}'],
    ]);
    expect((await told(log)).evidence).toHaveLength(1);
    expect((await read(log)).log.ofOthers).toEqual(new Map([['customers', 1]]));
    await expect(read(log, { tableName: 'sales' })).rejects.toThrow(
      'the log has entries on several tables: public.orders, customers',
    );
    expect((await read(log, { tableName: 'sales', auditOf: 'orders' })).log.entries).toBe(1);
  });

  it('that has entries which cannot be read says so, and neither that they are missing nor that nothing was logged', async () => {
    const columns = ['id', 'old', 'new', 'at'];
    const log = (...times: string[]) =>
      tableOf('log.csv', columns, [
        ['11', null, '{"id":8471,"total":89.99,"status":"open"}', times[0]!],
        ['12', '{"id":8471,"total":89.99}', '{"id":8471,"total":84.99}', times[1]!],
        ['13', '{"id":8471,"total":84.99}', '{"id":8471,"total":79.99}', times[2]!],
      ]);
    const gapsOf = async (...times: string[]) => {
      const source = await read(log(...times));
      expect(source.log.holes).toEqual({ first: 11, count: 0, ranges: [] });
      const { rows, entries } = source.orders.get('8471')!;
      return evidenceOf(entries, rows, source.log.about!).past.gaps;
    };
    const unread = { kind: 'entry-not-read', what: 'an entry could not be read: the report says why' };
    expect(await gapsOf('2024-01-01', 'infinity', '2024-01-02')).toEqual([
      { ...unread, before: 'log.csv:3' },
      {
        ...{ kind: 'value-jumped', after: 'log.csv:2', before: 'log.csv:4' },
        what: 'total 89.99 → 84.99 GBP: changed without an entry that could be read',
      },
    ]);
    expect(await gapsOf('infinity', 'infinity', 'infinity')).toMatchObject([unread, unread, unread]);
  });

  it('follows a row that got another ID, and tells both orders', async () => {
    const log = tableOf(
      'log.csv',
      ['id', 'old', 'new'],
      [
        ['1', null, '{"id":"8471","total":89.99,"status":"open"}'],
        ['2', null, '{"id":"8471","total":79.99,"status":"open"}'],
        ['3', '{"id":"8471","total":89.99,"status":"open"}', '{"id":"8471b","total":89.99,"status":"open"}'],
        ['4', null, '{"id":"9","total":1,"status":"open"}'],
        ['5', '{"id":"9","total":1,"status":"open"}', '{"id":"9b","total":1,"status":"open"}'],
      ],
    );
    const rows = tableOf(
      'orders.csv',
      ['id', 'total', 'status'],
      ['8471', '8471b', '9b'].map((id) => [id, { 8471: '79.99', '8471b': '89.99' }[id] ?? '1', 'open']),
    );
    const source = await read(log, {}, rows);
    const pastOf = (id: string) => {
      const { rows: its, entries } = source.orders.get(id)!;
      const { evidence, gaps } = evidenceOf(entries, its, source.log.about!).past;
      return { evidence: evidence.map(({ what }) => what), gaps: gaps.map(({ kind, what }) => `${kind}: ${what}`) };
    };
    const made = (total: string) => `row made: total ${total} GBP, status open`;
    expect(pastOf('8471')).toEqual({ evidence: [made('89.99'), made('79.99'), 'id 8471 → 8471b'], gaps: [] });
    expect(pastOf('8471b')).toEqual({
      evidence: ['id 8471 → 8471b'],
      gaps: ['no-beginning: before this the row had the ID 8471: what was logged of it then is with that order'],
    });
    expect(pastOf('9')).toEqual({
      evidence: [made('1.00'), 'id 9 → 9b'],
      gaps: ['row-gone: the table has no such row any more: it has had the ID 9b since'],
    });
  });

  it('begins with its first entry, whatever a wrong clock said later', async () => {
    const log = tableOf(
      'log.csv',
      ['id', 'new', 'at'],
      [
        ['2', '{"id":2,"total":1}', '1970-01-01'],
        ['1', '{"id":1,"total":1}', '2024-01-01'],
      ],
    );
    expect((await read(log)).log.about!.beginsAt).toBe(Date.UTC(2024, 0) * 1000);
  });

  it('is not guessed at', async () => {
    await expect(read(tableOf('log.csv', ['id', 'message'], []))).rejects.toThrow('no column of old or new values');
  });
});

describe('a table', () => {
  it('that lacks what an order needs is not begun with', async () => {
    await expect(read(undefined, {}, tableOf('t', ['id', 'status'], []))).rejects.toThrow('could be the total');
    const reading = { ...options.reading, currency: undefined };
    await expect(read(undefined, { reading })).rejects.toThrow('no column of the currency');
  });

  it('whose amounts are all whole is not begun with until somebody says what they are', async () => {
    const amounts = (...totals: string[]) =>
      tableOf(
        't',
        ['id', 'total'],
        totals.map((total, at) => [String(at), total]),
      );
    const asked = (minorUnits: boolean | undefined, from: TableSource, currency = 'GBP') =>
      read(undefined, { reading: { ...options.reading, currency, minorUnits } }, from);
    await expect(asked(undefined, amounts('0', '8999', '7999'))).rejects.toMatchObject({
      message: 'no amount of t has a decimal point: 8999 could be 8999.00 GBP, or whole minor units',
      remedy: expect.stringContaining('--no-minor-units or --minor-units'),
    });
    const totalOf = async (reading: ReturnType<typeof asked>) => (await reading).orders.get('0')!.rows[0]!.claim.total;
    expect(await totalOf(asked(true, amounts('8999')))).toBe(89_99);
    expect(await totalOf(asked(false, amounts('8999')))).toBe(8_999_00);
    expect(await totalOf(asked(undefined, amounts('8999', '79.99')))).toBe(8_999_00);
    const decimalComma = { ...options.reading, minorUnits: undefined, decimalComma: true };
    expect(await totalOf(read(undefined, { reading: decimalComma }, amounts('8999', '79,99')))).toBe(8_999_00);
    expect(await totalOf(asked(undefined, amounts('8999'), 'JPY'))).toBe(8_999);
    expect(await totalOf(asked(undefined, amounts('0')))).toBe(0);
  });

  it('with a comma in an amount is not begun with until somebody says what that is', async () => {
    const german = tableOf(
      't',
      ['id', 'total'],
      [
        ['0', '1.000'],
        ['1', '79,99'],
        ['2', '12'],
      ],
    );
    const said = async (decimalComma?: boolean) => {
      const { orders, refused } = await read(undefined, { reading: { ...options.reading, decimalComma } }, german);
      return [[...orders.keys()], refused.map(({ orderId }) => orderId)];
    };
    await expect(said()).rejects.toMatchObject({
      message: 'an amount of t has a comma: 79,99',
      remedy: expect.stringContaining('--decimal-comma'),
    });
    expect(await said(true)).toEqual([['1', '2'], ['0']]);
    expect(await said(false)).toEqual([['0', '2'], ['1']]);
  });

  it('longer than memory allows is refused', async () => {
    const rows = Array.from({ length: 101 }, (_, at) => [String(at), '1', '']);
    await expect(read(undefined, {}, tableOf('t', ['id', 'total', 'status'], rows))).rejects.toThrow(
      'more than 100 rows',
    );
  });

  it('has rows with one ID together, and says which were refused', async () => {
    const rows = [
      ['1', '1', ''],
      ['2', '1', ''],
      ['1', '2', ''],
      ['3', 'x', ''],
      ['3', '1', ''],
    ];
    const source = await read(undefined, {}, tableOf('t', ['id', 'total', 'status'], rows));
    expect([...source.orders].map(([id, { rows: its }]) => [id, its.length])).toEqual([
      ['1', 2],
      ['2', 1],
      ['3', 1],
    ]);
    expect(source.refused).toMatchObject([{ origin: 't:5', orderId: '3', reason: 'amount-not-a-number' }]);
    expect([...source.ofRefused]).toEqual(['3']);
  });
});
