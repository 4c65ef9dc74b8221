import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IANAZone } from 'luxon';
import pg from 'pg';
import { EventStore } from '@orderlog/event-store';
import { createDatabase, migrate, repository, type TestDatabase } from '@orderlog/local-stack';
import { fromStored, messageEncoder, toStored, topicNames } from '@orderlog/order-contract';
import { type Fact, fold, type Order, type OrderEvent } from '@orderlog/order-domain';
import { mapping } from './columns.js';
import { CsvSource } from './csv-source.js';
import { importCurrentState, type Imported } from './import-current-state.js';
import { PostgresDatabase } from './postgres-source.js';
import { type ReadOptions, type ReadSource, readSource } from './read-source.js';
import type { TableSource } from './table-source.js';

const folder = mkdtempSync(join(tmpdir(), 'orderlog-current-state-'));
const header = 'id,customer_id,customer_name,status,total,currency,updated_at';
let database: TestDatabase;
let legacy: TestDatabase;
let store: EventStore;
let pool: pg.Pool;
let shop: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  legacy = await createDatabase();
  await migrate(database.connectionString, [
    join(repository, 'libs/event-store/migrations'),
    join(repository, 'apps/order-service/migrations'),
  ]);
  store = new EventStore({ connectionString: database.as('orders') });
  pool = new pg.Pool({ connectionString: database.as('orders') });
  shop = new pg.Client({ connectionString: legacy.connectionString });
  await shop.connect();
}, 60_000);
afterAll(async () => {
  await Promise.all([store.close(), pool.end(), shop.end()]);
  await Promise.all([database.drop(), legacy.drop()]);
  rmSync(folder, { recursive: true });
});

let files = 0;
function csv(...lines: string[]): CsvSource {
  const path = join(folder, `orders-${++files}.csv`);
  writeFileSync(path, [header, ...lines, ''].join('\n'));
  return sourceOf(path);
}
const signal = new AbortController().signal;
const sourceOf = (path: string) => new CsvSource(path, { encoding: 'utf-8', signal });
const readOptions: ReadOptions = {
  map: new Map(),
  mapAudit: new Map(),
  auditOf: undefined,
  tableName: 'orders',
  reading: { currency: undefined, minorUnits: false, zone: IANAZone.create('UTC'), paidStatuses: new Set() },
  mostRows: 100_000,
  signal,
};
const keep = (read: ReadSource, more: { signal?: AbortSignal; onStoring?: () => void } = {}): Promise<Imported> =>
  importCurrentState(read, {
    ...{ store, pool, topics: topicNames('test.'), stoodAt: Date.now() * 1000, signal },
    encoder: messageEncoder({ OrderEvent: 1, OrderState: 2, OrderAttempt: 3 }),
    ...more,
  });
const bring = async (table: TableSource, log?: TableSource, more: Partial<ReadOptions> = {}): Promise<Imported> =>
  keep(await readSource(table, log, { ...readOptions, ...more }));
const bringTable = async (name: string, more: Partial<ReadOptions> = {}): Promise<Imported> => {
  const source = await PostgresDatabase.connect(legacy.connectionString);
  try {
    const log = await source.findBeside('audit_log', name);
    return await bring(source.table(name), log === undefined ? undefined : source.table(log), {
      tableName: name,
      ...more,
    });
  } finally {
    await source.close();
  }
};
const factsOf = async (orderId: string): Promise<OrderEvent[]> => (await store.read(orderId)).map(fromStored);
const orderOf = async (orderId: string): Promise<Order> => fold(await factsOf(orderId));
const many = (prefix: string, rows: number): string[] =>
  Array.from({ length: rows }, (_, at) => `${prefix}${at},c-1,Ada,paid,1.50,GBP,`);

describe('a file of current state', () => {
  it('becomes one fact an order, which says where its rows stood, with its messages', async () => {
    const path = join(folder, 'orders.csv.gz');
    writeFileSync(
      path,
      gzipSync([header, '7001,c-1042,Ada,open,89.99,GBP,2024-03-01 12:00:00', '7002,,,paid,12.5,GBP,', ''].join('\n')),
    );
    const imported = await bring(sourceOf(path));
    expect(imported).toMatchObject({ keptNow: { rows: 2, orders: 2 }, refused: [], contradicting: [] });
    const [event] = await store.read('7001');
    expect(event!.metadata).toMatchObject({ actor: 'import', origin: { source: 'orders.csv.gz', lines: '2' } });
    expect(fromStored(event!)).toEqual({
      ...{ type: 'OrderImported', customerId: 'c-1042', currency: 'GBP', total: 89_99, captured: 0, refunded: 0 },
      claims: [
        {
          ...{ total: 89_99, status: 'open', origin: 'orders.csv.gz:2', currency: 'GBP', customerId: 'c-1042' },
          updatedAt: Date.UTC(2024, 2, 1, 12) * 1000,
        },
      ],
      ...{ evidence: [], evidenceLeftOut: 0, gaps: [], gapsLeftOut: 0 },
    });
    const { rows } = await pool.query<{ key: string }>(
      `select key from orders.outbox where aggregateid = '7001' order by seq`,
    );
    expect(rows.map(({ key }) => key)).toEqual(['7001:1', '7001']);
  });

  it('keeps nobody’s name', async () => {
    await bring(csv('named,ada@example.org,Ada Lovelace,open,1.00,GBP,'));
    const { rows } = await pool.query<{ all: string }>(`select string_agg(e::text, '') as all from orders.events e`);
    expect(rows[0]!.all).toContain('named');
    expect(rows[0]!.all).not.toMatch(/Lovelace|example\.org/);
    expect((await orderOf('named')).customerId).toBeNull();
  });

  it('keeps rows that contradict each other as claims, and the order on hold', async () => {
    const imported = await bring(
      csv(
        'twice,c-1,Ada,open,89.99,GBP,',
        'other,c-1,Ada,open,1.00,GBP,',
        'twice,c-1,Ada,open,79.99,GBP,',
        'same,,,open,1,GBP,',
        'same,,,open,1.00,GBP,',
      ),
    );
    expect(imported).toMatchObject({ keptNow: { rows: 5, orders: 3 }, contradicting: ['twice'] });
    expect(await orderOf('twice')).toMatchObject({
      ...{ status: 'on-hold', total: 89_99 },
      hold: { decision: null, claims: [{ total: 89_99 }, { total: 79_99 }] },
    });
    expect(await orderOf('same')).toMatchObject({ status: 'placed', hold: null, imported: { claims: [{}, {}] } });
  });

  it('holds an order back of which a line cannot be read: it may be the one that contradicts the others', async () => {
    const good = 'cut,c-1,Ada,open,89.99,GBP,';
    for (const [line, reason] of [
      ['cut,c-1,Ada,open,79.99', 'wrong-columns'],
      ['cut,c-1,Ada,open,79.99,GBP,,and more', 'wrong-columns'],
      ['cut,c-1,"Ada,open,79.99,GBP,', 'not-csv'],
    ] as const) {
      const imported = await bring(csv(good, line));
      expect(imported.refused).toMatchObject([
        { orderId: 'cut', reason },
        { orderId: 'cut', reason: 'order-has-refused-row' },
      ]);
      expect(await store.read('cut')).toEqual([]);
    }
  });

  it('done again adds nothing, also from a file that has the same rows elsewhere', async () => {
    const rows = ['again1,c-1,Ada,open,89.99,GBP,', 'again1,c-1,Ada,open,79.99,GBP,', 'again2,,,paid,5,GBP,'];
    await bring(csv(...rows));
    const before = await store.head();
    const imported = await bring(csv('not a row', ...rows.reverse()));
    expect(imported).toMatchObject({
      ...{ keptNow: { rows: 0, orders: 0 }, keptBefore: { rows: 3, orders: 2 }, contradicting: [], saidMore: [] },
      refused: [{ reason: 'wrong-columns' }],
    });
    expect(await store.head()).toEqual(before);
  });

  it('names orders on hold in each run, also of a run that went on, until a person has decided', async () => {
    const rows = ['held,c-1,Ada,open,89.99,GBP,', 'held,c-1,Ada,open,79.99,GBP,', 'changed,c-1,Ada,open,5.00,GBP,'];
    expect(await bring(csv(...rows))).toMatchObject({ contradicting: ['held'], waiting: [] });
    rows[2] = 'changed,c-1,Ada,open,6.00,GBP,';
    for (const saidMore of [['changed'], []]) {
      expect(await bring(csv(...rows))).toMatchObject({ contradicting: [], saidMore, waiting: ['held', 'changed'] });
    }
    const decided = toStored({ type: 'OrderHoldResolved', decision: 'the invoice says 79.99', total: 79_99 });
    await store.append({
      ...{ stream: 'held', expectedVersion: 1 },
      events: [
        {
          ...(decided as { type: string; schemaVersion: number; data: Record<string, never> }),
          occurredAt: 1,
          metadata: {},
        },
      ],
    });
    expect(await bring(csv(...rows))).toMatchObject({ keptBefore: { orders: 2 }, waiting: ['changed'] });
  });

  it('that says something else of an order later adds its claim, on hold, and changes none of its money', async () => {
    await bring(csv('later,c-1,Ada,open,89.99,GBP,'));
    expect(await bring(csv('later,c-1,Ada,open,79.99,GBP,'))).toMatchObject({
      keptNow: { orders: 1 },
      saidMore: ['later'],
    });
    expect((await factsOf('later')).map(({ type }) => type)).toEqual(['OrderImported', 'OrderImportedAgain']);
    expect(await orderOf('later')).toMatchObject({
      ...{ status: 'on-hold', total: 89_99 },
      hold: { decision: null, claims: [{ total: 89_99 }, { total: 79_99 }] },
    });
    const before = await store.head();
    for (const total of ['79.99', '89.99']) {
      expect(await bring(csv(`later,c-1,Ada,open,${total},GBP,`))).toMatchObject({
        keptBefore: { orders: 1 },
        saidMore: [],
      });
    }
    expect(await store.head()).toEqual(before);
  });

  it('keeps one more row that says the same as a claim of its own, which puts nothing on hold', async () => {
    const row = 'more,c-1,Ada,open,5.00,GBP,';
    await bring(csv(row, row));
    expect(await bring(csv(row, row, row))).toMatchObject({ keptNow: { rows: 3, orders: 1 }, saidMore: ['more'] });
    expect(await factsOf('more')).toMatchObject([
      { type: 'OrderImported', claims: [{}, {}] },
      { type: 'OrderImportedAgain', claims: [{ origin: expect.stringMatching(/:4$/) }], contradicts: false },
    ]);
    expect((await orderOf('more')).status).toBe('placed');
    const before = await store.head();
    for (const rows of [[row], [row, row, row]]) expect(await bring(csv(...rows))).toMatchObject({ saidMore: [] });
    expect(await store.head()).toEqual(before);
  });

  it('leaves an order alone that was placed here, and the audit hears of it once', async () => {
    const placed: OrderEvent = {
      ...{ type: 'OrderPlaced', customerId: 'c-1', channel: 'web', currency: 'GBP', total: 89_99 },
      lines: [{ line: 1, sku: 'A', quantity: 1, unitPrice: 89_99, amount: 89_99 }],
    };
    const event = {
      ...(toStored(placed) as { type: string; schemaVersion: number; data: Record<string, never> }),
      metadata: { actor: 'web' },
    };
    await store.append({ stream: 'native', expectedVersion: 'none', events: [{ ...event, occurredAt: 1 }] });
    const before = await store.head();
    const again = csv('native,c-1,Ada,open,79.99,GBP,');
    for (const _ of [1, 2]) {
      expect(await bring(again)).toMatchObject({
        duplicates: ['native'],
        refused: [{ orderId: 'native', reason: 'order-exists', detail: 'it came from web' }],
      });
    }
    expect(await store.head()).toEqual(before);
    const { rows } = await pool.query(
      `select refusal, amount::int, existing_total::int, same_content, actor from orders.attempts where order_id = 'native'`,
    );
    expect(rows).toEqual([
      { refusal: 'order-exists', amount: 79_99, existing_total: 89_99, same_content: false, actor: 'import' },
    ]);
    const { rows: messages } = await pool.query(
      `select from orders.outbox where aggregatetype = 'test.orders.attempts.v1'`,
    );
    expect(messages).toHaveLength(1);
  });

  it('that was stopped goes on where it was', async () => {
    const read = await readSource(csv(...many('stopped', 2_000)), undefined, readOptions);
    const stop = new AbortController();
    await expect(keep(read, { signal: stop.signal, onStoring: () => stop.abort() })).rejects.toThrow();
    const { rows } = await pool.query<{ facts: number }>(
      `select count(*)::int as facts from orders.events where stream_id like 'stopped%'`,
    );
    expect(rows[0]!.facts).toBeGreaterThan(0);
    expect(rows[0]!.facts).toBeLessThan(2_000);
    expect(await keep(read)).toMatchObject({
      keptBefore: { orders: rows[0]!.facts },
      keptNow: { orders: 2_000 - rows[0]!.facts },
      refused: [],
    });
  });

  it('twice at the same time is once', async () => {
    const read = await readSource(csv(...many('race', 1_500)), undefined, readOptions);
    const [one, other] = await Promise.all([keep(read), keep(read)]);
    expect(one.keptNow.orders + other.keptNow.orders).toBe(1_500);
    expect(one.keptBefore.orders + other.keptBefore.orders).toBe(1_500);
  });

  it('refuses an order whose rows no broker would take, row by row', async () => {
    const rows = Array.from({ length: 9_000 }, (_, at) => `large,${'c'.repeat(150)},Ada,open,${at},GBP,`);
    const imported = await bring(csv(...rows, 'small,,,open,1,GBP,'));
    expect(imported.keptNow).toMatchObject({ rows: 1, orders: 1 });
    expect(imported.refused).toHaveLength(9_000);
    expect(imported.refused[0]).toMatchObject({ orderId: 'large', reason: 'order-too-large' });
  });
});

describe('a table with a log that its triggers wrote', () => {
  const triggers = readFileSync(join(import.meta.dirname, 'testing/shop-with-audit-log.sql'), 'utf8');
  beforeAll(() => shop.query(triggers).then(() => undefined));

  it('is imported with its log as evidence, and the gap that a disabled trigger left', async () => {
    const tell = (...changes: string[]) => shop.query(changes.join(';'));
    const unseen = (...changes: string[]) =>
      tell(
        'alter table orders disable trigger orders_audit',
        ...changes,
        'alter table orders enable trigger orders_audit',
      );
    const made = (id: number, total: number) =>
      `insert into orders (id, customer_id, customer_email, status, total, currency)
       values (${id}, 'c-1042', 'ada@example.org', 'open', ${total}, 'GBP')`;
    await tell(made(8471, 89.99), 'update orders set total = 84.99 where id = 8471');
    await unseen('update orders set total = 81.99 where id = 8471');
    await tell("update orders set total = 79.99, customer_email = 'lovelace@example.org' where id = 8471");
    await tell(made(8471, 89.99), made(8472, 5), made(8473, 7), made(8474, 7), 'delete from orders where id = 8473');
    await unseen(
      "update orders set status = 'paid' where id = 8472",
      'delete from orders where id = 8474',
      made(8475, 9),
    );
    await tell("update customers set name = 'Ada'");
    await tell('begin', made(1, 1), 'rollback');
    await tell(made(8476, 3));

    const imported = await bringTable('orders');
    expect(imported).toMatchObject({
      keptNow: { rows: 5, entries: 9, orders: 6 },
      refused: [],
      contradicting: ['8471'],
      gone: ['8473', '8474'],
      withGaps: ['8471', '8472', '8475', '8473', '8474'],
    });
    const [fact] = await factsOf('8471');
    const [changed, jumpedTo] = ['postgres:audit_log:2', 'postgres:audit_log:3'];
    expect(fact).toMatchObject({
      total: 79_99,
      claims: [
        { total: 79_99, origin: 'postgres:orders:1' },
        { total: 89_99, origin: 'postgres:orders:2' },
      ],
      evidence: [
        { what: 'row made: total 89.99 GBP, status open, customer c-1042', actor: 'postgres' },
        { what: 'total 89.99 → 84.99 GBP', origin: changed },
        { what: 'total 81.99 → 79.99 GBP; also changed: customer_email', origin: jumpedTo },
        { what: 'row made: total 89.99 GBP, status open, customer c-1042' },
      ],
      gaps: [
        {
          ...{ kind: 'value-jumped', after: changed, before: jumpedTo },
          what: 'total 84.99 → 81.99 GBP: changed without an entry',
        },
      ],
    });
    expect((await orderOf('8471')).status).toBe('on-hold');
    const gapsOf = async (id: string) => ((await factsOf(id))[0] as Fact<'OrderImported'>).gaps;
    expect(await gapsOf('8472')).toMatchObject([
      { kind: 'last-differs', what: 'status open in the log, paid in the table: changed after the last entry' },
    ]);
    expect(await gapsOf('8473')).toMatchObject([
      { kind: 'row-gone', what: expect.stringMatching(/it was deleted by postgres$/) },
    ]);
    expect(await gapsOf('8474')).toMatchObject([{ kind: 'row-gone', what: expect.stringMatching(/no entry says/) }]);
    expect(await gapsOf('8475')).toMatchObject([{ kind: 'nothing-logged' }]);
    expect(await gapsOf('8476')).toEqual([]);
    expect(await orderOf('8474')).toMatchObject({
      ...{ status: 'on-hold', total: 7_00 },
      hold: { claims: [{ total: 7_00 }, { total: 0, status: '(not in the table)', origin: 'postgres:orders' }] },
    });
    const { rows } = await pool.query<{ all: string }>(
      `select string_agg(e::text, '') as all from orders.events e where stream_id like '847_'`,
    );
    expect(rows[0]!.all).toContain('c-1042');
    expect(rows[0]!.all).not.toMatch(/Lovelace|lovelace|example\.org/);
  });

  it('says which numbers of its sequence it lacks, and whose entries it left aside', async () => {
    const source = await PostgresDatabase.connect(legacy.connectionString);
    const { log } = await readSource(source.table('orders'), source.table('audit_log'), readOptions);
    await source.close();
    expect(log).toMatchObject({ entries: 9, ofOthers: new Map([['customers', 1]]) });
    expect(log.holes).toEqual({ first: 1, count: 1, ranges: [{ from: 10, to: 10 }] });
  });

  it('imported again adds nothing, and what the log has since then is added', async () => {
    const before = await store.head();
    expect(await bringTable('orders')).toMatchObject({ keptNow: { orders: 0 }, keptBefore: { orders: 6, rows: 5 } });
    expect(await store.head()).toEqual(before);
    await shop.query('update orders set total = 4 where id = 8476');
    expect(await bringTable('orders')).toMatchObject({ keptNow: { orders: 1 }, saidMore: ['8476'], withGaps: [] });
    expect((await factsOf('8476'))[1]).toMatchObject({
      ...{ type: 'OrderImportedAgain', contradicts: true, claims: [{ total: 4_00 }], gaps: [] },
      evidence: [{ what: 'total 3.00 → 4.00 GBP' }],
    });
  });

  it('is read by a query too, with columns of other names, and never written', async () => {
    const source = await PostgresDatabase.connect(legacy.connectionString);
    const select = `select 'q-' || id as no, total * 100 as pennies from orders where id = 8476;`;
    const map = mapping('orderId=no,total=pennies', '--map');
    const reading = { ...readOptions.reading, currency: 'GBP', minorUnits: true };
    expect(await bring(source.query(select), undefined, { map, reading })).toMatchObject({ keptNow: { orders: 1 } });
    expect(await orderOf('q-8476')).toMatchObject({ total: 4_00, currency: 'GBP' });
    await expect(source.query('delete from orders returning *').columns()).rejects.toThrow('cannot be read');
    await source.close();
    const other = await PostgresDatabase.connect(legacy.connectionString);
    await expect(other.table('nothing').columns()).rejects.toMatchObject({
      message: 'postgres:nothing cannot be read: relation "nothing" does not exist',
      remedy: expect.stringContaining('sales.orders'),
    });
    await other.close();
    const { rows } = await shop.query<{ orders: number }>('select count(*)::int as orders from orders');
    expect(rows[0]!.orders).toBe(5);
  });

  it('has nothing to say of orders that a query does not select: they may be in the table', async () => {
    const source = await PostgresDatabase.connect(legacy.connectionString);
    const before = await store.head();
    const query = source.query('select * from orders where id = 8475');
    const read = await readSource(query, source.table('audit_log'), readOptions);
    await source.close();
    expect([...read.orders.keys()]).toEqual(['8475']);
    const imported = await keep(read);
    expect(imported).toMatchObject({ keptBefore: { rows: 1, orders: 1 }, gone: [], saidMore: [], waiting: [] });
    expect(new Set(imported.refused.map(({ reason }) => reason))).toEqual(new Set(['log-of-order-not-selected']));
    expect(imported.refused).toHaveLength(10);
    expect(await store.head()).toEqual(before);
  });

  it('may have a dot or a quote in its name, and says what the user may not see', async () => {
    await shop.query(`create schema "o'ld"; create table "o'ld"."orders.""2019""" (id text, total numeric);
      create table "o'ld".audit_log (id int)`);
    const source = await PostgresDatabase.connect(legacy.connectionString);
    const name = `"o'ld"."orders.""2019"""`;
    expect(await source.table(name).columns()).toEqual(['id', 'total']);
    expect(await source.findBeside('audit_log', name)).toBe(`"o'ld".audit_log`);
    await source.close();
    const theirs = await PostgresDatabase.connect(legacy.as('orders'));
    await expect(theirs.findBeside('audit_log', name)).rejects.toMatchObject({
      message: expect.stringContaining('permission denied'),
      remedy: expect.stringContaining('grant usage on schema'),
    });
    await theirs.close();
  });

  it('is as it was at one moment, though it changes while it is read', async () => {
    const source = await PostgresDatabase.connect(legacy.connectionString);
    await shop.query('update orders set total = 6 where id = 8476');
    const read = await readSource(source.table('orders'), source.table('audit_log'), readOptions);
    await source.close();
    expect(read.orders.get('8476')!.rows.map(({ claim }) => claim.total)).toEqual([4_00]);
    expect(read.orders.get('8476')!.entries).toHaveLength(2);
  });
});
