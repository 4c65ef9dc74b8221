import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EventStore, type StoredEvent } from '@orderlog/event-store';
import { dayOf } from '@orderlog/instant';
import { createDatabase, migrate, repository, type TestDatabase } from '@orderlog/local-stack';
import { messageEncoder, topicNames } from '@orderlog/order-contract';
import { importOnlineRetail, type ImportOptions } from './import-online-retail.js';
import { textOf } from './import-summary.js';

const header = 'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country';
const time = '2010-06-01 12:00:00';
const folder = mkdtempSync(join(tmpdir(), 'orderlog-import-'));
let database: TestDatabase;
let store: EventStore;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.connectionString, [join(repository, 'libs/event-store/migrations')]);
  store = new EventStore({ connectionString: database.as('orders') });
  pool = new pg.Pool({ connectionString: database.as('orders') });
}, 60_000);

afterAll(async () => {
  await store.close();
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true });
});

let files = 0;
function file(...lines: string[]): string {
  const path = join(folder, `${++files}.csv`);
  writeFileSync(path, [header, ...lines, ''].join('\n'));
  return path;
}
const bring = (path: string, more: Partial<ImportOptions> = {}) =>
  importOnlineRetail({
    path,
    store,
    pool,
    encoder: messageEncoder({ OrderEvent: 1, OrderState: 2, OrderAttempt: 3 }),
    topics: topicNames('test.'),
    encoding: 'utf-8',
    mostLines: 100_000,
    now: Date.now() * 1000,
    signal: new AbortController().signal,
    ...more,
  });
const factsIn = async (...invoices: string[]): Promise<StoredEvent[]> =>
  (await Promise.all(invoices.map((invoice) => store.read(invoice)))).flat();
const many = (prefix: string, invoices: number) =>
  Array.from({ length: invoices }, (_, at) => `${prefix}${at},A,THING,1,${time},1.50,7,UK`);

describe('an import', () => {
  it('names its report where there is something to read in it', async () => {
    const good = `n1,A,THING,1,${time},1,7,UK`;
    expect(textOf(await bring(file(good)), 'n.refused.csv', undefined)).not.toContain('refused.csv');
    const said = textOf(await bring(file(good, `n2,A,THING,none,${time},1,7,UK`)), 'n.refused.csv', undefined);
    expect(said).toMatch(/refused +1 lines   n\.refused\.csv\n/);
  });

  it('puts each line into a fact that says where it stood, with its messages', async () => {
    const path = file(
      `i1,A,THING,2,${time},1.505,13085,UK`,
      `i2,B,,1,${time},1,,UK`,
      `i1,C,,1,2010-06-02 00:10:00,1,13085,UK`,
    );
    const imported = await bring(path);
    expect(imported).toMatchObject({
      lines: 3,
      invoices: 2,
      keptNow: { lines: 3, invoices: 2 },
      facts: 5,
      refused: [],
    });
    expect(imported.money).toEqual({ sales: 501n, returns: 0n, adjustments: 0n });
    const facts = await factsIn('i1');
    expect(facts.map(({ type, occurredAt, metadata }) => [type, dayOf(occurredAt), metadata.origin])).toEqual([
      ['OrderPlaced', '2010-06-01', { source: basename(path), lines: '2,4' }],
      ['PaymentCaptured', '2010-06-01', { source: basename(path), lines: '2' }],
      ['PaymentCaptured', '2010-06-01', { source: basename(path), lines: '4' }],
    ]);
    expect(facts[0]!.metadata.actor).toBe('import');
    const { rows } = await pool.query<{ topic: string; key: string }>(
      `select aggregatetype as topic, key from orders.outbox where aggregateid = 'i1' order by seq`,
    );
    expect(rows).toEqual([
      { topic: 'test.orders.events.v1', key: 'i1:1' },
      { topic: 'test.orders.events.v1', key: 'i1:2' },
      { topic: 'test.orders.events.v1', key: 'i1:3' },
      { topic: 'test.orders.state.v1', key: 'i1' },
    ]);
  });

  it('done again adds nothing, also from a file that has the same lines elsewhere', async () => {
    const lines = [`again1,A,,1,${time},1,,UK`, `again2,B,,-1,${time},2,,UK`, `again1,C,,1,${time},3,,UK`];
    await bring(file(...lines));
    const before = await store.head();
    const imported = await bring(file('not a line', ...lines.reverse()));
    expect(imported).toMatchObject({
      keptNow: { lines: 0, invoices: 0 },
      keptBefore: { lines: 3, invoices: 2 },
      facts: 0,
      refused: [{ line: 2, reason: 'wrong-columns' }],
    });
    expect(await store.head()).toEqual(before);
  });

  it('adds nothing to what release 0.1.0 imported, whose facts have no channel', async () => {
    await bring(file(`now1,A,,2,${time},1,,UK`));
    const facts = (await store.read('now1')).map(({ type, data: { channel: _, ...data }, metadata, occurredAt }) => ({
      ...{ type, schemaVersion: 1, data, metadata, occurredAt },
    }));
    await store.append({ stream: 'then1', expectedVersion: 'none', events: facts });
    const before = await store.head();
    const imported = await bring(file(`then1,A,,2,${time},1,,UK`));
    expect(imported).toMatchObject({ keptBefore: { lines: 1, invoices: 1 }, facts: 0, refused: [], differing: [] });
    expect(await store.head()).toEqual(before);
  });

  it('changes nothing that is there, and says which invoices are not as in the file', async () => {
    await bring(file(`changed,A,,1,${time},1,,UK`));
    const placed = { type: 'OrderPlaced', schemaVersion: 1, data: {}, metadata: { actor: 'web' }, occurredAt: 0 };
    await store.append({ stream: 'taken', expectedVersion: 'none', events: [placed] });
    const before = await store.head();
    const imported = await bring(
      file(`changed,A,,1,${time},1,,UK`, `changed,A,,1,${time},1,,UK`, `taken,A,,1,${time},1,,UK`),
    );
    expect(imported.differing).toEqual(['changed', 'taken']);
    expect(imported.refused.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'differs-from-imported'],
      [3, 'differs-from-imported'],
      [4, 'order-exists'],
    ]);
    expect(await store.head()).toEqual(before);
  });

  it('that was stopped goes on where it was', async () => {
    const path = file(...many('stopped', 2_000));
    const stop = new AbortController();
    const stopped = bring(path, { signal: stop.signal, onStoring: () => stop.abort() });
    await expect(stopped).rejects.toThrow();
    const { rows } = await pool.query<{ facts: number }>(
      `select count(*)::int as facts from orders.events where stream_id like 'stopped%'`,
    );
    expect(rows[0]!.facts).toBeGreaterThan(0);
    expect(rows[0]!.facts).toBeLessThan(4_000);
    const imported = await bring(path);
    expect(imported.keptBefore.invoices).toBe(rows[0]!.facts / 2);
    expect(imported.keptNow.invoices + imported.keptBefore.invoices).toBe(2_000);
    expect(imported.refused).toEqual([]);
  }, 60_000);

  it('twice at the same time is once', async () => {
    const path = file(...many('twice', 1_500));
    const [one, other] = await Promise.all([bring(path), bring(path)]);
    expect(one.keptNow.invoices + other.keptNow.invoices).toBe(1_500);
    expect(one.keptBefore.invoices + other.keptBefore.invoices).toBe(1_500);
    expect([...one.refused, ...other.refused]).toEqual([]);
  }, 60_000);

  it('keeps an invoice of 3,000 lines, and refuses one that no broker would take, line by line', async () => {
    const long = Array.from({ length: 3_000 }, () => `long,A,THING,1,${time},1.50,7,UK`);
    const longer = Array.from({ length: 2_000 }, () => `longer,A,${'x'.repeat(600)},1,${time},1.50,7,UK`);
    const imported = await bring(file(...long, ...longer, `short,A,,1,${time},1,,UK`));
    expect(imported.keptNow).toEqual({ lines: 3_001, invoices: 2 });
    expect(imported.refused).toHaveLength(2_000);
    expect(new Set(imported.refused.map(({ reason }) => reason))).toEqual(new Set(['invoice-too-large']));
    expect(imported.refused[0]).toMatchObject({ line: 3_002, invoice: 'longer', sku: 'A' });
  }, 60_000);

  it('accounts for each line where one invoice comes to more than numbers keep exactly', async () => {
    const most = '90071992547409.89';
    const imported = await bring(
      file(`huge,A,,1,${time},${most},,UK`, `huge,A,,1,${time},1,,UK`, `large,A,,1,${time},${most},,UK`),
    );
    expect(imported.keptNow).toEqual({ lines: 1, invoices: 1 });
    expect(imported.refused.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'invoice-total-too-large'],
      [3, 'invoice-total-too-large'],
    ]);
    expect(imported.money.sales).toBe(9_007_199_254_740_989n);
  });
});
