import {
  brokersOf,
  ensureTopics,
  PlainProducer,
  withAdmin,
  type AssignedPartition,
  type PlainMessage,
  type ReceivedBatch,
} from '@orderlog/kafka';
import { createDatabase, migrate, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { join } from 'node:path';
import pg from 'pg';
import { defineProjection, type Source } from '../define-projection.js';
import { KafkaView } from '../kafka-view.js';
import { ProjectionRuntime } from '../projection-runtime.js';

/** The smallest event there can be: so much of a thing was earned, in version v of stream s. */
export interface Thing {
  stream: string;
  version: number;
  sku: string;
  amount: number;
}

/** JSON stands in for Avro here, and a text for a registry that can be away: neither is what these tests are about. */
export const things = (topic: string, registry: { away: boolean } = { away: false }): Source<Thing> => ({
  topic,
  streamOf: (message) => message.key?.toString().split(':')[0] ?? '',
  read: (message) => {
    if (registry.away) throw Object.assign(new Error('it is away'), { name: 'RegistryUnavailable' });
    const event = JSON.parse(String(message.value)) as Thing & { type?: string };
    if (event.type !== undefined) return { kind: 'unknown-type', type: event.type };
    return { kind: 'event', event };
  },
});

/** It keeps its rows where revenue does: the tables are an app's, the runtime is what is tested. */
export const thingsProjection = (source: Source<Thing>) =>
  defineProjection<Thing>({
    name: 'things',
    schema: 'revenue',
    sources: [source],
    tables: {
      entries: {
        columns: {
          ...{ order_id: 'text', version: 'integer', line: 'integer', type: 'text', sku: 'text', day: 'date' },
          ...{ currency: 'text', captured: 'bigint', refunded: 'bigint', units: 'bigint', occurred_at: 'timestamptz' },
        },
        totals: { table: 'totals', by: ['day', 'sku', 'currency'], sums: ['captured', 'refunded', 'units'] },
      },
    },
    identity: { columns: ['order_id', 'version'], of: ({ stream, version }) => [stream, version] },
    rows: ({ stream, version, sku, amount }) => [
      {
        into: 'entries',
        values: {
          ...{ order_id: stream, version, line: 1, type: 'Earned', sku, day: '2026-11-24', currency: 'GBP' },
          ...{ captured: amount, refunded: 0, units: 1, occurred_at: 0 },
        },
      },
    ],
  });

/** A topic, a database and a producer of the test's own. */
export async function givenThings(partitions = 1) {
  const connection = { brokers: brokersOf(stackAddresses().KAFKA_BROKERS), clientId: 'projection-test' };
  const prefix = topicPrefix();
  const [topic, group] = [`${prefix}things`, `${prefix}group`];
  await withAdmin(connection, (kafka) =>
    ensureTopics(kafka, [
      { topic, partitions, configs: { 'cleanup.policy': 'compact' } },
      { topic: `${group}.dlq`, partitions: 1, configs: { 'cleanup.policy': 'delete' } },
    ]),
  );
  const database = await createDatabase();
  await migrate(database.connectionString, [join(repository, 'apps/revenue-projection/migrations')]);
  const producer = new PlainProducer(connection);
  const view = new KafkaView(connection);
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  const runtimes: ProjectionRuntime<Thing>[] = [];
  const said: { name: string; fields: Record<string, unknown> }[] = [];
  return {
    ...{ connection, topic, group, database, said },
    /** A runtime of the projection, as a process of its own would have it. */
    runtime(options: { source?: Source<Thing>; parkedLimit?: number; connectionString?: string } = {}) {
      const runtime = new ProjectionRuntime<Thing>({
        definition: thingsProjection(options.source ?? things(topic)),
        connectionString: options.connectionString ?? database.as('revenue'),
        ...{ group, view, deadLetters: { topic: `${group}.dlq`, send: (to, letters) => producer.send(to, letters) } },
        say: (name, fields) => void said.push({ name, fields }),
        ...(options.parkedLimit !== undefined && { parkedLimit: options.parkedLimit }),
      });
      runtimes.push(runtime);
      return runtime;
    },
    send: (messages: PlainMessage[]) => producer.send(topic, messages),
    query: async (text: string) => (await client.query<Record<string, unknown>>(text)).rows,
    /** Captured by SKU, from the totals and from the rows, which must be the same. */
    async sums(): Promise<Record<string, number>> {
      const { rows } = await client.query<{ sku: string; totals: string; entries: string }>(
        `select sku, sum(captured) as totals,
                (select coalesce(sum(captured), 0) from revenue.entries where entries.sku = totals.sku) as entries
         from revenue.totals group by sku having sum(entries) > 0 order by sku`,
      );
      for (const row of rows) if (row.totals !== row.entries) throw new Error(`${row.sku}: ${JSON.stringify(row)}`);
      return Object.fromEntries(rows.map((row) => [row.sku, Number(row.totals)]));
    },
    async end() {
      await Promise.all(runtimes.map((runtime) => runtime.close()));
      await Promise.all([producer.close(), view.close(), client.end()]);
      await withAdmin(connection, ({ admin }) => admin.deleteTopics({ topics: [topic, `${group}.dlq`] }));
      await database.drop();
    },
  };
}

export const earned = (stream: string, version: number, amount: number, sku = 'TEA'): PlainMessage => ({
  key: `${stream}:${version}`,
  value: Buffer.from(JSON.stringify({ stream, version, sku, amount })),
  partition: 0,
});

/** A batch as the consumer hands it over, for what no consumer does on demand: a delivery out of turn, or a late one. */
export function batchOf(topic: string, fetchedOffset: number, messages: readonly PlainMessage[]): ReceivedBatch {
  const nextOffset = fetchedOffset + messages.length;
  return {
    ...{ topic, partition: 0, fetchedOffset, nextOffset, highWatermark: nextOffset },
    messages: messages.map(({ key, value }, index) => ({
      ...{ offset: fetchedOffset + index, headers: {}, timestamp: 0, value },
      key: key === null ? null : Buffer.from(key),
    })),
    signal: new AbortController().signal,
    isStale: () => false,
    isStopping: () => false,
    heartbeat: async () => {},
  };
}

export const assignment = (topic: string, beginOffset: number, endOffset: number): AssignedPartition[] => [
  { topic, partition: 0, committedOffset: beginOffset, beginOffset, earliestOffset: 0, endOffset },
];
