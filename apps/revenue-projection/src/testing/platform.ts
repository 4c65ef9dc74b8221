import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { now, type Instant } from '@orderlog/instant';
import {
  brokersOf,
  describeGroup,
  ensureTopics,
  PlainProducer,
  SchemaRegistry,
  withAdmin,
  type PlainMessage,
} from '@orderlog/kafka';
import { createDatabase, migrate, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import {
  canonicalBytes,
  canonicalDocument,
  hashOf,
  messageEncoder,
  noHash,
  partitionOf,
  readSchemaText,
  topicDefinitions,
  topicNames,
  toStored,
} from '@orderlog/order-contract';
import type { OrderEvent } from '@orderlog/order-domain';
import type { ProjectionStatus } from '@orderlog/projection';
import type { RunningService } from '@orderlog/service-kit';
import pg from 'pg';
import { readRevenueConfig } from '../config.js';
import { log } from '../signals.js';
import { startRevenueProjection } from '../start-revenue-projection.js';

/** A fact as a test gives it: 1, 2, 3 … of its order by the order in which it is given. */
export interface GivenFact {
  orderId: string;
  fact: OrderEvent;
  occurredAt?: Instant;
}

/** Topics, schemas and a database of this test's own, on the stack that all tests share. */
export async function givenPlatform() {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL } = stackAddresses();
  const prefix = topicPrefix();
  log.setLevel('silent');
  const connection = { brokers: brokersOf(KAFKA_BROKERS), clientId: 'revenue-test' };
  const registry = new SchemaRegistry({ url: SCHEMA_REGISTRY_URL });
  const definitions = topicDefinitions(prefix);
  const group = `${prefix}revenue-projection`;
  await withAdmin(connection, (kafka) =>
    ensureTopics(kafka, [
      ...definitions,
      { topic: `${group}.dlq`, partitions: 6, configs: { 'cleanup.policy': 'delete' } },
    ]),
  );
  const topics = topicNames(prefix);
  const eventId = await registry.register(`${topics.events}-value`, readSchemaText('OrderEvent'));
  const encoder = messageEncoder({ OrderEvent: eventId, OrderState: eventId, OrderAttempt: eventId });
  const database = await createDatabase();
  await migrate(database.connectionString, [join(repository, 'apps/revenue-projection/migrations')]);
  const producer = new PlainProducer(connection);
  const heads = new Map<string, { version: number; hash: Buffer }>();
  let position = 0;
  const firstRecorded = now() - 86_400_000_000;
  let lastRecorded = firstRecorded;
  const services: RunningService[] = [];
  const clients: pg.Client[] = [];

  /** The message of a fact, as the outbox would have it. */
  const messageOf = ({ orderId, fact, occurredAt }: GivenFact): PlainMessage => {
    const head = heads.get(orderId) ?? { version: 0, hash: noHash };
    lastRecorded += 1_000;
    position += 1;
    const recorded = {
      ...toStored(fact),
      ...{ eventId: randomUUID(), stream: orderId, version: head.version + 1, position, metadata: {} },
      ...{ occurredAt: occurredAt ?? lastRecorded, recordedAt: lastRecorded, previousHash: head.hash },
    };
    const hash = hashOf(head.hash, canonicalBytes(canonicalDocument({ ...recorded, orderId })));
    heads.set(orderId, { version: recorded.version, hash });
    return {
      key: `${orderId}:${recorded.version}`,
      value: encoder.event({ ...recorded, hash }),
      headers: { 'order-id': orderId, 'event-position': String(position), 'event-type': fact.type },
      partition: partitionOf(orderId),
      timestampMs: Math.floor(lastRecorded / 1000),
    };
  };

  return {
    ...{ connection, topics, group, database, producer, registryUrl: SCHEMA_REGISTRY_URL, firstRecorded },
    messageOf,
    send: (messages: PlainMessage[]) => producer.send(topics.events, messages),
    given: (...facts: GivenFact[]) => producer.send(topics.events, facts.map(messageOf)),

    /** How many members Kafka says that the group has. */
    members: () => withAdmin(connection, async (kafka) => (await describeGroup(kafka, group)).members.length),

    /** Runs statements as the database's owner. */
    async sql() {
      const client = new pg.Client({ connectionString: database.connectionString });
      await client.connect();
      clients.push(client);
      return (text: string) => client.query(text);
    },

    /** Starts revenue-projection on it; `env` beside what the platform says. */
    async start(env: Record<string, string> = {}) {
      const service = await startRevenueProjection(
        readRevenueConfig({
          ...{ KAFKA_BROKERS, SCHEMA_REGISTRY_URL, TOPIC_PREFIX: prefix, REVENUE_PORT: '0', LOG_LEVEL: 'silent' },
          REVENUE_DATABASE_URL: database.as('revenue'),
          ...env,
        }),
        { stopOnSignals: false },
      );
      services.push(service);
      const ask = async (path: string, init?: RequestInit) => {
        const answer = await fetch(service.url + path, init);
        return { status: answer.status, body: (await answer.json()) as Answer };
      };
      return { ...service, ask, tell: (path: string) => ask(path, { method: 'POST' }) };
    },

    async end() {
      await Promise.all(services.map((service) => service.stop('the test is over')));
      await Promise.all([producer.close(), ...clients.map((client) => client.end())]);
      await withAdmin(connection, async ({ admin }) => {
        await admin.deleteTopics({ topics: [...definitions.map(({ topic }) => topic), `${group}.dlq`] });
      });
      await database.drop();
    },
  };
}

export type Platform = Awaited<ReturnType<typeof givenPlatform>>;

/** What the answers hold that tests look at; which of it there is depends on the route. */
export type Answer = ProjectionStatus & {
  rows: Record<string, string | number>[];
  nextCursor: string | null;
  orders: { orderId: string; error: string; messages: number }[];
  errors: { field: string; problem: string }[];
  checks: { name: string; ok: boolean; reason?: string }[];
};

export const placed = (orderId: string, total: number): GivenFact => ({
  orderId,
  fact: {
    ...{ type: 'OrderPlaced', customerId: 'c-1', channel: 'api', currency: 'GBP', total },
    lines: [{ line: 1, sku: 'TEA', quantity: 1, unitPrice: total, amount: total }],
  },
});

export const captured = (
  orderId: string,
  amount: number,
  part: { sku?: string; quantity?: number; currency?: string; occurredAt?: Instant } = {},
): GivenFact => ({
  ...{ orderId, ...(part.occurredAt !== undefined && { occurredAt: part.occurredAt }) },
  fact: {
    ...{ type: 'PaymentCaptured', currency: part.currency ?? 'GBP', paymentId: randomUUID(), amount },
    allocation: [{ line: 1, sku: part.sku ?? 'TEA', quantity: part.quantity ?? 1, amount }],
  },
});

export const refunded = (
  orderId: string,
  amount: number,
  part: { sku?: string; quantity?: number } = {},
): GivenFact => ({
  orderId,
  fact: {
    ...{ type: 'RefundInitiated', currency: 'GBP', refundId: randomUUID(), amount },
    allocation: [{ line: 1, sku: part.sku ?? 'TEA', quantity: part.quantity ?? 0, amount }],
  },
});
