import { join } from 'node:path';
import { brokersOf, consumeBatches, ensureTopics, headerText, withAdmin, type KafkaConnection } from '@orderlog/kafka';
import {
  createDatabase,
  migrate,
  repository,
  stackAddresses,
  topicPrefix,
  type TestDatabase,
} from '@orderlog/local-stack';
import { PARTITIONS, partitionOf } from '@orderlog/order-contract';
import pg from 'pg';
import { Relay, type RelayOptions } from '../relay.js';
import { log } from '../signals.js';

log.setLevel('silent');

export interface WrittenMessage {
  partition: number;
  offset: number;
  key: string;
  value: string;
  headers: Record<string, string | undefined>;
  timestampMs: number;
}

/** A database with an empty outbox and two topics that nobody else has, and relays that may send from one to the other. */
export async function givenOutbox(topicConfigs: Record<string, string> = {}) {
  const database: TestDatabase = await createDatabase();
  await migrate(
    database.connectionString,
    ['libs/event-store/migrations', 'apps/outbox-relay/migrations'].map((path) => join(repository, path)),
  );
  const owner = new pg.Pool({ connectionString: database.connectionString, max: 4 });
  owner.on('error', () => undefined);
  const prefix = topicPrefix();
  const kafka: KafkaConnection = { brokers: brokersOf(stackAddresses().KAFKA_BROKERS), clientId: 'relay-test' };
  const topics = { events: `${prefix}events`, state: `${prefix}state` };
  const configs = { 'cleanup.policy': 'compact', ...topicConfigs };
  const definitions = Object.values(topics).map((topic) => ({ topic, partitions: PARTITIONS, configs }));
  await withAdmin(kafka, (admin) => ensureTopics(admin, definitions));
  const relays = new Set<Relay>();

  return {
    databaseUrl: database.as('relay'),
    owner,
    prefix,
    topics,
    kafka,
    /** Two rows for each version of each order, as the store would keep them: the fact, and the state after it. */
    async keeps(
      orders: readonly string[],
      versions: { from: number; to: number },
      bytes = 100,
      client: pg.Pool | pg.PoolClient = owner,
    ) {
      const rows = [];
      for (let version = versions.from; version <= versions.to; version++) {
        for (const order of orders) rows.push({ order, version, partition: partitionOf(order) });
      }
      await client.query(
        `insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, timestamp, "order-id", "order-version")
         select case kind when 'event' then $5 else $6 end, o, 'Thing', convert_to(v::text || repeat(' ', $4), 'UTF8'),
                case kind when 'event' then o || ':' || v else o end, p, '2026-11-24T10:00:00.123456Z'::timestamptz, o, v::text
         from unnest($1::text[], $2::integer[], $3::integer[]) with ordinality as r (o, v, p, nth), unnest(array['event', 'state']) kind
         order by nth, kind`,
        [
          rows.map(({ order }) => order),
          rows.map(({ version }) => version),
          rows.map(({ partition }) => partition),
          bytes,
          topics.events,
          topics.state,
        ],
      );
    },
    async waiting(): Promise<number> {
      const { rows } = await owner.query<{ count: string }>('select count(*) from orders.outbox');
      return Number(rows[0]?.count);
    },
    /** The relays whose leases stand. */
    async owners(): Promise<string[]> {
      const { rows } = await owner.query<{ owner: string }>(
        'select distinct owner from relay.leases where owner is not null',
      );
      return rows.map((row) => row.owner);
    },
    /** A relay in this process, with short times. */
    relay(options: Partial<RelayOptions> = {}): Relay {
      const relay = new Relay({
        databaseUrl: database.as('relay'),
        kafka,
        topicPrefix: prefix,
        leaseMs: 3_000,
        sendDeadlineMs: 1_500,
        requestBytes: 512 * 1024,
        idlePollMs: 50,
        writersLimitMs: 10_000,
        keepDrainedMinutes: 60,
        compression: 'none',
        ...options,
      });
      relays.add(relay);
      relay.start();
      return relay;
    },
    async stops(relay: Relay): Promise<void> {
      relays.delete(relay);
      await relay.stop();
    },
    /** Everything that stands on a topic now, by partition and offset. */
    async written(topic: string): Promise<WrittenMessage[]> {
      const found: WrittenMessage[] = [];
      const ends = await withAdmin(kafka, ({ admin }) => admin.fetchTopicOffsets(topic));
      const missing = new Set(ends.filter(({ high, low }) => high !== low).map(({ partition }) => partition));
      if (missing.size === 0) return found;
      const done = Promise.withResolvers<void>();
      const consumer = consumeBatches({
        connection: kafka,
        groupId: `${topic}-${Math.random()}`,
        topics: [topic],
        onFailure: done.reject,
        handle: async (batch) => {
          for (const { offset, key, value, headers, timestamp } of batch.messages) {
            const text = (name: string) => headerText({ headers }, name);
            found.push({
              partition: batch.partition,
              offset,
              key: key?.toString() ?? '',
              value: value?.toString().trim() ?? '',
              headers: {
                'order-id': text('order-id'),
                'order-version': text('order-version'),
                traceparent: text('traceparent'),
              },
              timestampMs: timestamp / 1000,
            });
          }
          const end = ends.find(({ partition }) => partition === batch.partition)?.high;
          if (batch.nextOffset >= Number(end)) missing.delete(batch.partition);
          if (missing.size === 0) done.resolve();
        },
      });
      await consumer.start();
      await done.promise.finally(() => consumer.stop());
      return found.sort((one, other) => one.partition - other.partition || one.offset - other.offset);
    },
    async remove(): Promise<void> {
      await Promise.all([...relays].map((relay) => relay.stop()));
      await owner.end();
      await withAdmin(kafka, ({ admin }) => admin.deleteTopics({ topics: Object.values(topics) }));
      await database.drop();
    },
  };
}

export type Outbox = Awaited<ReturnType<typeof givenOutbox>>;
