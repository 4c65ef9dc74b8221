import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EventStore, hashOf } from '@orderlog/event-store';
import { PlainProducer } from '@orderlog/kafka';
import { createDatabase, stackAddresses, type TestDatabase, topicPrefix } from '@orderlog/local-stack';
import { messageEncoder, topicNames } from '@orderlog/order-contract';
import { type Config, readConfig } from '../config.js';
import { importOnlineRetail } from '../importing-online-retail/import-online-retail.js';
import { migrate } from '../migrating/migrate.js';
import { registerSchemas } from '../schemas/register-schemas.js';
import { connectionOf, createTopics } from '../topics/create-topics.js';
import type { Difference } from './known-facts.js';
import { verify } from './verify.js';

const signal = new AbortController().signal;
const invoices = 40;
let database: TestDatabase;
let config: Config;
let superuser: pg.Client;
let producer: PlainProducer;

/** Orders of two facts each, in a store whose outbox has been sent. */
beforeAll(async () => {
  database = await createDatabase();
  config = readConfig({
    ...stackAddresses(),
    DATABASE_URL: database.connectionString,
    ORDERS_DATABASE_URL: database.as('orders'),
    VERIFY_DATABASE_URL: database.as('verify'),
    TOPIC_PREFIX: topicPrefix(),
  });
  await migrate({ connectionString: database.connectionString, env: {}, waitMs: 60_000, signal, say: () => undefined });
  await createTopics(config, signal, 60_000);
  const schemas = await registerSchemas({
    url: config.SCHEMA_REGISTRY_URL,
    prefix: config.TOPIC_PREFIX,
    waitMs: 60_000,
    signal,
  });
  const [event, state, attempt] = schemas.map(({ id }) => id);
  await bring(messageEncoder({ OrderEvent: event!, OrderState: state!, OrderAttempt: attempt! }));
  superuser = new pg.Client({ connectionString: database.connectionString });
  await superuser.connect();
  producer = new PlainProducer(connectionOf(config));
  await sendOutbox();
}, 120_000);

afterAll(async () => {
  await producer.close();
  await superuser.end();
  await database.drop();
});

async function bring(encoder: ReturnType<typeof messageEncoder>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'orderlog-verify-'));
  const path = join(folder, 'orders.csv');
  const lines = Array.from({ length: invoices }, (_, at) => `v${at},SKU,THING,1,2010-06-01 12:00:00,1.50,7`);
  writeFileSync(path, ['Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID', ...lines].join('\n'));
  const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
  const pool = new pg.Pool({ connectionString: config.ORDERS_DATABASE_URL });
  const topics = topicNames(config.TOPIC_PREFIX);
  const now = Date.now() * 1000;
  await importOnlineRetail({ path, store, pool, encoder, topics, encoding: 'utf-8', mostLines: 1_000, now, signal });
  await Promise.all([store.close(), pool.end()]);
  rmSync(folder, { recursive: true });
}

interface Row {
  seq: string;
  topic: string;
  key: string;
  payload: Buffer;
  partition: number;
  position: string;
}

/** What the relay does, once and without care. */
async function sendOutbox(): Promise<void> {
  const { rows } = await superuser.query<Row>(
    `select seq, aggregatetype as topic, key, payload, partition, "event-position" as position from orders.outbox
      where aggregatetype = $1 order by seq`,
    [topicNames(config.TOPIC_PREFIX).events],
  );
  await producer.send(
    topicNames(config.TOPIC_PREFIX).events,
    rows.map(({ key, payload, partition, position }) => ({
      ...{ key, value: payload, partition, headers: { 'event-position': position } },
    })),
  );
  await superuser.query('delete from orders.outbox');
}

const differences = async (order?: string): Promise<Difference[]> =>
  (await verify({ config, signal, ...(order && { order }), onStep: () => undefined })).differences;

/** Does something that nobody may do, looks, and undoes it. */
async function tampered(change: string, values: unknown[] = [], order?: string): Promise<Difference[]> {
  await superuser.query('create table if not exists public.kept as select * from orders.events');
  await superuser.query('alter table orders.events disable trigger all');
  try {
    await superuser.query(change, values);
    return await differences(order);
  } finally {
    await superuser.query('delete from orders.events');
    await superuser.query('insert into orders.events select * from public.kept');
    await superuser.query('alter table orders.events enable always trigger events_are_never_changed');
  }
}

describe('verify', () => {
  it('finds nothing where nobody has touched anything, in all and in one order', async () => {
    const all = await verify({ config, signal, onStep: () => undefined });
    expect(all).toMatchObject({ facts: 2 * invoices, differences: [], waiting: 0 });
    expect(await verify({ config, order: 'v3', signal, onStep: () => undefined })).toMatchObject({
      facts: 2,
      differences: [],
    });
    await expect(differences('nobody')).rejects.toThrow('there is no order nobody');
  }, 60_000);

  it('leaves no consumer group behind', async () => {
    const { withAdmin } = await import('@orderlog/kafka');
    const groups = await withAdmin(connectionOf(config), ({ admin }) => admin.listGroups());
    expect(groups.groups.filter(({ groupId }) => groupId.startsWith(config.TOPIC_PREFIX))).toEqual([]);
  });

  it('names the fact in which one byte was changed', async () => {
    const change = `update orders.events set data = jsonb_set(data, '{total}', '151') where stream_id = 'v7' and version = 1`;
    const [first, ...others] = await tampered(change);
    expect(first).toMatchObject({
      where: 'store',
      order: 'v7',
      version: 1,
      what: expect.stringContaining('it was changed'),
    });
    expect(others).toEqual([]);
  }, 60_000);

  it('names the order from which a fact was deleted, and what the topic still has', async () => {
    const found = await tampered(`delete from orders.events where stream_id = 'v7' and version = 1`);
    expect(
      found.filter(({ order }) => order === 'v7').map(({ where, version, what }) => [where, version, what]),
    ).toEqual([
      ['topic', 1, expect.stringContaining('the store has no such fact')],
      ['store', 2, expect.stringContaining('is missing: a fact is not there any more')],
      ['store', 2, expect.stringContaining('version 1 is missing')],
    ]);
  }, 60_000);

  it('finds two facts that changed places', async () => {
    const swap = `update orders.events e set data = other.data from orders.events other
      where e.version = 1 and other.version = 1
        and ((e.stream_id = 'v5' and other.stream_id = 'v6') or (e.stream_id = 'v6' and other.stream_id = 'v5'))`;
    // Alike in all but their place: another amount makes the swap one of contents.
    const change = swap.replace('other.data', `jsonb_set(other.data, '{total}', to_jsonb(e.position))`);
    expect((await tampered(change)).map(({ order }) => order)).toEqual(['v5', 'v6']);
  }, 60_000);

  it('finds a fact that was put in with a correct chain: the topic has another', async () => {
    const store = new EventStore({ connectionString: config.VERIFY_DATABASE_URL });
    const [fact] = await store.read('v9', { fromVersion: 2, limit: 1 });
    await store.close();
    const forged = { ...fact!, data: { ...fact!.data, amount: 1 } };
    const found = await tampered(
      `update orders.events set data = $1, hash = $2 where stream_id = 'v9' and version = 2`,
      [forged.data, hashOf(forged)],
    );
    expect(found).toMatchObject([
      { where: 'topic', order: 'v9', version: 2, what: expect.stringContaining('another fact') },
    ]);
  }, 60_000);

  it('finds that an order’s end was cut off, or all of it, also where it is the last', async () => {
    const end = await tampered(`delete from orders.events where position = (select max(position) from orders.events)`);
    expect(end).toMatchObject([{ where: 'store', what: expect.stringContaining('the store ends at') }]);
    const whole = await tampered(`delete from orders.events where stream_id = 'v20'`);
    expect(whole.filter(({ where }) => where === 'topic').map(({ order, version }) => [order, version])).toEqual([
      ['v20', 1],
      ['v20', 2],
    ]);
  }, 60_000);

  it('does not miss what waits in the outbox, and misses what does not', async () => {
    const topic = topicNames(config.TOPIC_PREFIX).events;
    const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
    const append = (stream: string, withMessage: boolean) =>
      store.append({
        stream,
        expectedVersion: 'none',
        events: [{ type: 'OrderCancelled', schemaVersion: 1, data: {}, metadata: {}, occurredAt: 0 }],
        messages: ([fact]) =>
          withMessage
            ? [
                {
                  ...{ topic, key: `${stream}:1`, partition: 0, aggregateId: stream, type: fact!.type },
                  ...{ payload: Buffer.from('x'), headers: {}, timestamp: fact!.recordedAt, position: fact!.position },
                },
              ]
            : [],
      });
    await append('waits', true);
    expect(await verify({ config, signal, onStep: () => undefined })).toMatchObject({ differences: [], waiting: 1 });
    await append('lost', false);
    expect(await differences()).toMatchObject([
      { where: 'topic', order: 'lost', what: expect.stringContaining('no message of it') },
    ]);
    await store.close();
  }, 60_000);

  it('finds a message that was sent by somebody else, and one that says something else than its hash', async () => {
    const topic = topicNames(config.TOPIC_PREFIX).events;
    await producer.send(topic, [
      { key: 'v1:1', value: null, partition: 0, headers: { 'event-position': '1' } },
      { key: 'v2:1', value: Buffer.from([0, 0, 0, 0, 0, 1]), partition: 1 },
    ]);
    const found = (await differences()).filter(({ where, order }) => where === 'topic' && order !== 'lost');
    expect(found.map(({ order, what }) => [order, what.replace(/ \(.*/, '')])).toEqual([
      ['v2', 'the message does not say which position it has'],
      ['v1', 'a tombstone: somebody wants the fact to be deleted'],
    ]);
  }, 60_000);
});
