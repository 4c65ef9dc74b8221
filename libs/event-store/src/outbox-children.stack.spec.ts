import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import { eventually } from '@orderlog/local-stack';
import { Client } from 'pg';
import { EventStore, type AppendResult } from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';

let database: OwnDatabase;
let store: EventStore;
let relay: Client;
beforeAll(async () => {
  database = await ownDatabase('outbox_children');
  store = new EventStore({ connectionString: database.ordersUrl });
  relay = new Client({ connectionString: database.relayUrl });
  await relay.connect();
}, 60_000);
afterAll(async () => {
  await relay?.end();
  await store?.close();
  await database?.drop();
});

const append = (): Promise<AppendResult> =>
  store.append({
    stream: randomUUID(),
    expectedVersion: 'none',
    events: [{ type: 'LampLit', schemaVersion: 1, data: {}, metadata: {}, occurredAt: now() }],
    messages: ([event]) => [
      {
        topic: 'lamps.v1',
        key: `${event!.stream}:1`,
        partition: 0,
        aggregateId: event!.stream,
        type: event!.type,
        payload: Buffer.from('lit'),
        headers: {},
        timestamp: event!.recordedAt,
        position: event!.position,
      },
    ],
  });
const appendMany = async (count: number): Promise<void> => {
  const results = await Promise.all(Array.from({ length: count }, append));
  expect(results.map(({ outcome }) => outcome)).toEqual(results.map(() => 'appended'));
};
const children = async (): Promise<string[]> =>
  (await database.sql<{ child: string }>('select child from orders.outbox_children order by from_seq')).map(
    ({ child }) => child,
  );
const drop = async (olderThan: string): Promise<string | null> =>
  (await relay.query<{ dropped: string | null }>('select orders.drop_drained_outbox_child($1) as dropped', [olderThan]))
    .rows[0]!.dropped;
/** Takes the outbox to just before the end of its first child. */
const skipTo = (seq: number) =>
  database.sql(`select setval(pg_get_serial_sequence('orders.outbox', 'seq'), $1)`, [seq]);

describe('the outbox', () => {
  it('has several children ahead of need from the first day', async () => {
    expect(await children()).toEqual([
      'outbox_from_1',
      'outbox_from_500001',
      'outbox_from_1000001',
      'outbox_from_1500001',
    ]);
  });

  it('goes on into the next child in the middle of a batch, while relay makes and drops children beside it', async () => {
    await skipTo(499_900);
    let appending = true;
    const upkeep = (async () => {
      while (appending) {
        await relay.query('select orders.make_outbox_children()');
        await drop('1 hour');
      }
    })();
    await appendMany(300);
    appending = false;
    await upkeep;
    const counts = await database.sql(
      'select tableoid::regclass::text as child, count(*)::int from orders.outbox group by 1 order by 1',
    );
    expect(counts).toEqual([
      { child: 'orders.outbox_from_1', count: 100 },
      { child: 'orders.outbox_from_500001', count: 200 },
    ]);
    await relay.query('select orders.make_outbox_children()');
    expect(await children()).toHaveLength(6); // what is in use, what is full, and four ahead
  });

  it('keeps a full child while it has rows, and for an hour after', async () => {
    expect(await drop('0')).toBeNull();
    await relay.query('delete from orders.outbox where seq <= 500000');
    expect(await drop('1 hour')).toBeNull(); // seen drained for the first time
    expect(await drop('1 hour')).toBeNull();
    expect(await children()).toContain('outbox_from_1');
  });

  it('keeps a child that was seen drained too early, while the batch that filled it was under way', async () => {
    const late = new Client({ connectionString: database.ownerUrl });
    await late.connect();
    await late.query(`begin; select pg_advisory_xact_lock(8471, 1);
      insert into orders.outbox_from_1 (seq, aggregatetype, aggregateid, type, key, partition, timestamp)
      overriding system value values (7, 'lamps.v1', 'late', 'T', 'k', 0, now())`);
    expect(await drop('0')).toBeNull(); // it does not wait for that batch …
    await late.query('commit');
    expect(await drop('0')).toBeNull(); // … and finds its row
    await relay.query('delete from orders.outbox where seq = 7');
    expect(await drop('1 hour')).toBeNull();
    await late.end();
  });

  it('stops no append for a drop that has to wait for a long transaction', async () => {
    const long = new Client({ connectionString: database.relayUrl });
    await long.connect();
    await long.query('begin; select count(*) from orders.outbox');
    let appended = 0;
    let dropping = true;
    const appending = (async () => {
      for (; dropping; appended++) expect(await append()).toMatchObject({ outcome: 'appended' });
    })();
    for (let round = 0; round < 5; round++) {
      const before = appended;
      expect(await drop('0')).toBeNull();
      await eventually({ withinMs: 30_000 }, () => expect(appended).toBeGreaterThan(before));
    }
    dropping = false;
    await appending;
    await long.query('commit');
    await long.end();
    // Those behind it wait for no longer than it does itself.
    const function_ = `'orders.drop_drained_outbox_child(interval)'::regprocedure`;
    expect(await database.sql(`select proconfig from pg_proc where oid = ${function_}`)).toEqual([
      { proconfig: expect.arrayContaining(['lock_timeout=50ms']) },
    ]);
  });

  it('drops it then, one child a call', async () => {
    // Not while somebody else has it for a moment, such as autovacuum.
    await eventually({ withinMs: 30_000 }, async () => expect(await drop('0')).toBe('outbox_from_1'));
    expect(await drop('0')).toBeNull();
    expect(await children()).not.toContain('outbox_from_1');
    await appendMany(10);
  });

  it('refuses no append when every child is full: the appender makes the next ones', async () => {
    const last = await database.sql<{ below: number }>(
      'select max(below_seq)::int as below from orders.outbox_children',
    );
    await skipTo(last[0]!.below - 5);
    await appendMany(50);
    await store.enqueue([
      {
        topic: 'lamps.v1',
        key: 'k',
        partition: 0,
        aggregateId: 'a',
        type: 'T',
        payload: null,
        headers: {},
        timestamp: now(),
        position: null,
      },
    ]);
  });

  it('refuses no message without facts either', async () => {
    const last = await database.sql<{ below: number }>(
      'select max(below_seq)::int as below from orders.outbox_children',
    );
    await skipTo(last[0]!.below + 1_000_000);
    await store.enqueue([
      {
        topic: 'lamps.v1',
        key: 'k',
        partition: 0,
        aggregateId: 'b',
        type: 'T',
        payload: null,
        headers: {},
        timestamp: now(),
        position: null,
      },
    ]);
    expect(await database.sql(`select from orders.outbox where aggregateid = 'b'`)).toHaveLength(1);
  });
});

describe('commands', () => {
  const commanded = (key: string) =>
    store.append({
      stream: randomUUID(),
      expectedVersion: 'any',
      events: [],
      command: { scope: 's', key, requestHash: Buffer.from('h'), status: 200 },
    });

  it('go on when the day has no child yet, as on the first night without upkeep', async () => {
    await database.sql(`do $$ declare child regclass; begin
      for child in select inhrelid from pg_inherits where inhparent = 'orders.commands'::regclass loop
        execute 'drop table ' || child; end loop; end $$`);
    expect(await commanded('after midnight')).toMatchObject({ outcome: 'appended' });
    expect(await store.findCommand('s', 'after midnight')).toMatchObject({ status: 200 });
  });

  it('are forgotten after their week', async () => {
    await database.sql(`
      create table orders.commands_2020_01_01 (like orders.commands including all);
      alter table orders.commands attach partition orders.commands_2020_01_01 for values from ('2020-01-01') to ('2020-01-02');
      insert into orders.commands values ('2020-01-01 12:00Z', 's', 'old', 'h', 'x', 1, 200, gen_random_uuid())`);
    expect(await store.findCommand('s', 'old')).toBeUndefined();
    expect(await commanded('old')).toMatchObject({ outcome: 'appended' });
    await database.sql('select orders.turn_command_days()');
    expect(await database.sql(`select from pg_class where relname = 'commands_2020_01_01'`)).toEqual([]);
  });
});
