import { createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type CommandRecord, EventStore, hashOf, type NewEvent, noHash, type StoredEvent } from '@orderlog/event-store';
import { now } from '@orderlog/instant';
import { PlainProducer } from '@orderlog/kafka';
import { createDatabase, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { edgeOf, GrowingTree, leafHash } from '@orderlog/merkle-tree';
import {
  afterAll,
  type Attempt,
  attemptMessage,
  checkpointEncoder,
  keyIdOf,
  messageEncoder,
  messagesOf,
  noState,
  recordAttemptsQuery,
  signCheckpoint,
  signingKeyOf,
  topicNames,
  toStored,
} from '@orderlog/order-contract';
import { decide, fold, type OrderCommand } from '@orderlog/order-domain';
import { type Config, readConfig } from '../../config.js';
import { importOnlineRetail } from '../../importing-online-retail/import-online-retail.js';
import { migrate } from '../../migrating/migrate.js';
import { registerSchemas } from '../../schemas/register-schemas.js';
import { connectionOf, createTopics } from '../../topics/create-topics.js';
import type { Difference } from '../known-facts.js';
import { verify, type Verified } from '../verify.js';

const signal = new AbortController().signal;

/** What the audit holds of an order once it has read it; null: of all. */
export const heardAgain = `insert into audit.facts (generation, order_id, version, digest, event_id, type, schema_version, position, block, place,
                              place_squared, occurred_at, recorded_at, actor, reason, command_id, correlation_id, causation_id,
                              origin, data, previous_hash, hash, hash_holds, currency, total, captured)
     select 1, stream_id, version, encode(hash, 'hex'), event_id, type, schema_version, position, (position - 1) / 1000, place,
            place * place, occurred_at, recorded_at, metadata->>'actor', metadata->>'reason', metadata->>'commandId',
            metadata->>'correlationId', metadata->>'causationId', (metadata->'origin')::json, data::json, previous_hash, hash,
            true, data->>'currency', case type when 'OrderPlaced' then (data->>'total')::bigint end,
            case type when 'PaymentCaptured' then (data->>'amount')::bigint end
     from orders.events cross join lateral (select (position - 1) % 1000 + 1 as place) its
     where $1::text is null or stream_id = $1`;

/** Tables that `tampered` puts back as they were. */
const guarded = [
  'orders.events',
  'orders.attempts',
  'orders.outbox',
  'orders.commands',
  'orders.customer_keys',
  'orders.snapshots',
  'audit.facts',
  'audit.attempts',
  'audit.tombstones',
  'audit.orders',
  'audit.position_blocks',
  'audit.findings',
  'audit.tree_tiles',
  'audit.checkpoints',
  'audit.signing_keys',
  'audit.projection',
  'audit.partitions',
  'revenue.entries',
  'revenue.totals',
];

/** Of a command: the id that its facts carry, and what is kept under its idempotency key. */
interface Told {
  commandId?: string;
  record?: CommandRecord;
}

export type ToldStore = Awaited<ReturnType<typeof givenToldStore>>;

/**
 * Orders v0, v1 … of two facts each, in a store of the test's own whose outbox has been sent, read by the projections, and
 * signed for twice: after half of the facts, and after all.
 */
export async function givenToldStore(invoices: number) {
  const database = await createDatabase();
  const config: Config = readConfig({
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
  const [OrderEvent, OrderState, OrderAttempt, checkpointSchema] = schemas.map(({ id }) => id) as [
    ...[number, number, number, number],
  ];
  const encoder = messageEncoder({ OrderEvent, OrderState, OrderAttempt });
  const topics = topicNames(config.TOPIC_PREFIX);
  const folder = mkdtempSync(join(tmpdir(), 'orderlog-verify-'));
  const auditKey = signingKeyOf(Buffer.alloc(32, 7));
  const superuser = new pg.Client({ connectionString: database.connectionString });
  await superuser.connect();
  const producer = new PlainProducer(connectionOf(config));

  async function bring(): Promise<void> {
    const path = join(folder, 'orders.csv');
    const lines = Array.from({ length: invoices }, (_, at) => `v${at},SKU,THING,1,2010-06-01 12:00:00,1.50,7`);
    writeFileSync(path, ['Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID', ...lines].join('\n'));
    const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
    const pool = new pg.Pool({ connectionString: config.ORDERS_DATABASE_URL });
    const about = { encoder, topics, encoding: 'utf-8', mostLines: 1_000, now: now(), signal };
    await importOnlineRetail({ path, store, pool, ...about });
    await Promise.all([store.close(), pool.end()]);
  }

  interface Row {
    topic: string;
    key: string;
    payload: Buffer;
    partition: number;
    position: string | null;
  }

  /** What the relay does, once and without care. */
  async function sendOutbox(): Promise<void> {
    const { rows } = await superuser.query<Row>(
      `select aggregatetype as topic, key, payload, partition, "event-position" as position from orders.outbox order by seq`,
    );
    for (const [topic, its] of Map.groupBy(rows, (row) => row.topic)) {
      await producer.send(
        topic,
        its.map(({ key, payload, partition, position }) => ({
          ...{ key, value: payload, partition, headers: { ...(position !== null && { 'event-position': position }) } },
        })),
      );
    }
    await superuser.query('create table if not exists unsent as table orders.outbox');
    await superuser.query('delete from orders.outbox');
  }

  /** What audit and revenue hold once they have read all of it. */
  async function letProjectionsRead(): Promise<void> {
    for (const projection of ['audit', 'revenue']) {
      await superuser.query(`insert into ${projection}.projection (name) values ($1)`, [projection]);
      await superuser.query(
        `insert into ${projection}.partitions (generation, topic, partition, epoch, next_offset, reached)
         select 1, topic, partition, 1, 1000, 1000 from generate_series(0, 5) partition cross join unnest($1::text[]) topic`,
        [projection === 'audit' ? [topics.events, topics.attempts] : [topics.events]],
      );
    }
    await superuser.query(heardAgain, [null]);
    await superuser.query(`
      insert into audit.orders select 1, order_id, count(*), max(version) from audit.facts group by order_id;
      insert into audit.position_blocks
      select 1, block, 0, count(*), sum(place), sum(place_squared) from audit.facts group by block;
      insert into revenue.entries (generation, order_id, version, line, type, sku, day, currency, captured, refunded, units,
                                   occurred_at)
      select 1, stream_id, version, (part->>'line')::integer, type, part->>'sku', occurred_at::date, data->>'currency',
             (part->>'amount')::bigint, 0, (part->>'quantity')::bigint, occurred_at
      from orders.events cross join jsonb_array_elements(data->'allocation') part where type = 'PaymentCaptured';
      insert into revenue.totals (generation, day, sku, currency, partition, entries, captured, refunded, units)
      select 1, day, sku, currency, 0, count(*), sum(captured), sum(refunded), sum(units) from revenue.entries
      group by day, sku, currency`);
  }

  /** What the audit does: a tree over the facts of the store as it is, and checkpoints over its beginnings, also in the topic. */
  async function sign(key: KeyObject, sizes: number[]): Promise<void> {
    const { rows } = await superuser.query<{ hash: Buffer }>('select hash from orders.events order by position');
    const tree = new GrowingTree();
    const pem = createPublicKey(key).export({ format: 'pem', type: 'spki' });
    await superuser.query(
      'insert into audit.signing_keys (key_id, public_key) values ($1, $2) on conflict do nothing',
      [keyIdOf(key), pem],
    );
    for (const size of sizes) {
      for (const { hash } of rows.slice(tree.size, size)) tree.append(leafHash(hash));
      const signed = signCheckpoint({ origin: 'o', treeSize: size, rootHash: tree.root(), issuedAt: now() }, key);
      await superuser.query(
        `insert into audit.checkpoints values ($1, $2, timestamptz 'epoch' + $3::bigint * interval '1 us', 'o', $4, $5, now())`,
        [size, signed.rootHash, signed.issuedAt, signed.keyId, signed.signature],
      );
      const value = checkpointEncoder(checkpointSchema)(signed);
      await producer.send(topics.checkpoints, [{ key: String(size), value, partition: 0 }]);
    }
    const tiles = tree.takeChanged();
    const edge = tiles.map(({ level, index }) => `${level}/${index}`);
    for (const { level, index } of edgeOf(tree.size)) {
      if (!edge.includes(`${level}/${index}`)) throw new Error(`the tree has no tile ${level}/${index}`);
    }
    await superuser.query('delete from audit.tree_tiles');
    for (const { level, index, hashes } of tiles) {
      await superuser.query('insert into audit.tree_tiles values ($1, $2, $3)', [level, index, hashes]);
    }
  }

  /** Does something that nobody may do, past every guard, looks, and undoes it. */
  async function tampered<T>(change: (() => Promise<unknown>) | string, then: () => Promise<T>): Promise<T> {
    const kept = (table: string) => `kept_${table.replace('.', '_')}`;
    await superuser.query(`drop table if exists ${guarded.map(kept).join(', ')}`); // of a look that was given up
    for (const table of guarded) await superuser.query(`create table ${kept(table)} as table ${table}`);
    await superuser.query('alter table orders.events disable trigger all');
    await superuser.query('set session_replication_role = replica');
    try {
      await (typeof change === 'string' ? superuser.query(change) : change());
      return await then();
    } finally {
      for (const table of guarded) {
        const { rows } = await superuser.query<{ name: string }>(
          `select quote_ident(attname) as name from pg_attribute
            where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
          [table],
        );
        const names = rows.map(({ name }) => name).join(', ');
        await superuser.query(`delete from ${table}`);
        await superuser.query(
          `insert into ${table} (${names}) overriding system value select ${names} from ${kept(table)}`,
        );
        await superuser.query(`drop table ${kept(table)}`);
      }
      await superuser.query('set session_replication_role = origin');
      await superuser.query('alter table orders.events enable always trigger events_are_never_changed');
    }
  }

  /** The order's facts as the store has them now. */
  async function factsOf(order: string): Promise<StoredEvent[]> {
    const store = new EventStore({ connectionString: config.VERIFY_DATABASE_URL });
    const facts = await store.read(order);
    await store.close();
    return facts;
  }

  /** Gives every fact of an order the hashes that it would have, had it always been so. */
  async function chainAnew(order: string): Promise<void> {
    let previousHash: Buffer = noHash;
    for (const fact of await factsOf(order)) {
      const hash = hashOf({ ...fact, previousHash });
      await superuser.query('update orders.events set previous_hash = $2, hash = $3 where position = $1', [
        ...[fact.position, previousHash, hash],
      ]);
      previousHash = hash;
    }
  }

  /** What order-service and the audit keep of a refused command, and the message of it in the topic. */
  async function refuse(attempt: Partial<Attempt> & { orderId: string }): Promise<Attempt> {
    const whole: Attempt = {
      ...{
        attemptId: randomUUID(),
        commandId: randomUUID(),
        command: 'CapturePayment',
        refusal: 'capture-exceeds-owed',
      },
      ...{ attemptedAt: now(), orderVersion: 2, actor: 'till-4', currency: 'GBP', amount: 500, allowed: 0 },
      ...{ details: '{"owed":0}' },
      ...attempt,
    };
    await superuser.query(recordAttemptsQuery([whole]));
    const { key, partition, payload, headers } = attemptMessage(whole, encoder, topics);
    await producer.send(topics.attempts, [{ key, partition, value: payload, headers }]);
    await superuser.query(
      `insert into audit.attempts
       select 1, order_id, order_version, 'attempt:' || attempt_id, command_id, command, refusal, attempted_at, actor, reason,
              correlation_id, currency, amount, allowed, existing_total, same_content, details::json
       from orders.attempts where attempt_id = $1`,
      [whole.attemptId],
    );
    return whole;
  }

  /** What order-service does with a command that is not refused; its messages wait in the outbox. */
  async function tell(order: string, asked: OrderCommand, more: Told = {}): Promise<void> {
    const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
    const state = afterAll(noState, await store.read(order));
    const decision = decide(asked, state.order);
    if (decision.outcome !== 'facts') throw new Error(JSON.stringify(decision));
    const { placedAt, version } = state;
    const result = await store.append({
      ...{ stream: order, expectedVersion: version },
      events: decision.facts.map((fact) => ({
        ...(toStored(fact) as Pick<NewEvent, 'type' | 'schemaVersion' | 'data'>),
        ...{ metadata: { actor: 'a test', commandId: more.commandId ?? randomUUID() }, occurredAt: now() },
      })),
      messages: (recorded) =>
        messagesOf(recorded, fold(decision.facts, state.order), encoder, topics, version > 0 ? { placedAt } : {}),
      ...(more.record && { command: more.record }),
    });
    await store.close();
    if (result.outcome !== 'appended') throw new Error(JSON.stringify(result));
  }

  const look = (more: { order?: string; publicKey?: string; checkpoint?: string } = {}): Promise<Verified> =>
    verify({ config, signal, ...more, onStep: () => undefined });
  const differences = async (order?: string): Promise<Difference[]> =>
    (await look({ ...(order && { order }) })).differences;
  const positionOf = async (order: string, version: number): Promise<number> =>
    (await factsOf(order)).find((fact) => fact.version === version)!.position;

  await bring();
  await sendOutbox();
  await letProjectionsRead();
  await sign(auditKey, [invoices, 2 * invoices]);
  return {
    ...{ config, topics, encoder, folder, auditKey, superuser, producer, look, differences },
    ...{ sign, sendOutbox, tampered, factsOf, chainAnew, refuse, tell, positionOf },
    async end() {
      rmSync(folder, { recursive: true });
      await producer.close();
      await superuser.end();
      await database.drop();
    },
  };
}
