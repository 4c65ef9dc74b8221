import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { contradict, fold } from '@orderlog/order-domain';
import { ordersOf } from './import-current-state.js';
import { newInIt } from './order-to-import.js';
import { type ReadOptions, readSource } from './read-source.js';
import type { RefusedRow } from './row-refusals.js';
import type { TableSource } from './table-source.js';
import { tableOf } from './testing/table-of.js';

const options: ReadOptions = {
  ...{ map: new Map(), mapAudit: new Map(), auditOf: undefined, tableName: 'orders', mostRows: 1_000 },
  reading: { currency: 'GBP', minorUnits: false, zone: IANAZone.create('UTC'), paidStatuses: new Set() },
  signal: new AbortController().signal,
};
const id = fc.constantFrom('1', '2', '3', '', 'a b');
const total = fc.constantFrom('1', '2.50', '2.5', 'x', '', '0.001');
const status = fc.constantFrom('open', 'paid', '');
const rows = fc.array(fc.tuple(id, total, status), { maxLength: 12 });
const values = fc.option(fc.record({ id, total, status }).map((value) => JSON.stringify(value)));
const entries = fc.array(fc.tuple(fc.constantFrom('orders', 'customers'), values, values), { maxLength: 12 });

const everything = fc.tuple(rows, fc.option(entries)).map(([table, log]) => ({
  table: tableOf('orders.csv', ['id', 'total', 'status'], table),
  log: log === null ? undefined : tableOf('audit_log.csv', ['table_name', 'old_values', 'new_values'], log),
  counts: { rows: table.length, entries: log?.length ?? 0 },
}));
const imported = async ({ table, log }: { table: TableSource; log: TableSource | undefined }) => {
  const read = await readSource(table, log, options);
  const refused: RefusedRow[] = [...read.refused];
  return { read, refused, orders: [...ordersOf(read, { refused })] };
};
const holds = (
  check: (done: Awaited<ReturnType<typeof imported>>, counts: { rows: number; entries: number }) => void,
) =>
  fc.assert(
    fc.asyncProperty(everything, async ({ counts, ...source }) => check(await imported(source), counts)),
    { numRuns: 300 },
  );

describe('an import of current state', () => {
  it('has every row and every entry of the log in a fact, in the report, or said to be of another table', () =>
    holds(({ read, refused, orders }, counts) => {
      const places = [
        ...orders.flatMap((order) => [...order.rows.map(({ claim }) => claim.origin), ...order.entries]),
        ...refused.map(({ origin }) => origin),
      ];
      expect(new Set(places).size).toBe(places.length);
      const others = [...read.log.ofOthers.values()].reduce((sum, count) => sum + count, 0);
      expect(places.length + others).toBe(counts.rows + counts.entries);
    }));

  it('makes one fact an order, with every row of it as a claim, and holds exactly those that contradict', () =>
    holds(({ orders, refused }) => {
      expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(orders.length);
      for (const { orderId, rows: its, fact } of orders) {
        expect(refused.filter((one) => one.orderId === orderId && one.origin.startsWith('orders.csv'))).toEqual([]);
        expect(orderId).toMatch(/^[1-3]$/);
        if (its.length > 0)
          expect(fact.claims.map(({ origin }) => origin)).toEqual(its.map(({ claim }) => claim.origin));
        expect(fold([fact]).hold !== null).toBe(contradict(fact.claims));
        expect(fact.claims.map(({ total: claimed }) => claimed)).toContain(fact.total);
      }
    }));

  it('says nothing new of an order of which it has said everything', () =>
    holds(({ orders }) => {
      for (const { fact } of orders) expect(newInIt(fact, fact)).toBeUndefined();
    }));

  it('is told from its content, wherever its rows stood', () =>
    fc.assert(
      fc.asyncProperty(rows, async (table) => {
        const columns = ['id', 'total', 'status'];
        const [one, other] = await Promise.all([
          imported({ table: tableOf('a.csv', columns, table), log: undefined }),
          imported({ table: tableOf('b.csv', columns, table.toReversed()), log: undefined }),
        ]);
        const prints = (done: typeof one) =>
          new Map(done.orders.map(({ orderId, fingerprint }) => [orderId, fingerprint]));
        const same = [...prints(one)].filter(([orderId, print]) => prints(other).get(orderId) === print);
        expect(same.length).toBe(one.orders.length);
      }),
    ));
});
