import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { now } from '@orderlog/instant';
import { brokersOf, ensureTopics, PlainProducer, SchemaRegistry, withAdmin, type PlainMessage } from '@orderlog/kafka';
import { createDatabase, migrate, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import {
  attemptMessage,
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
  type Attempt,
} from '@orderlog/order-contract';
import type { OrderEvent } from '@orderlog/order-domain';
import type { ProjectionStatus } from '@orderlog/projection';
import type { RunningService } from '@orderlog/service-kit';
import { readAuditConfig } from '../config.js';
import { log } from '../signals.js';
import { startAuditProjection } from '../start-audit-projection.js';

/** A fact as a test gives it; what is wrong with it, it says. */
export interface GivenFact {
  orderId: string;
  fact: OrderEvent;
  /** Of another release's shape. */
  schemaVersion?: number;
  /** The next of its order where it is not said. */
  version?: number;
  /** The next of the store where it is not said; null: the message does not say. */
  position?: number | null;
  /** The hash of the fact before where it is not said. */
  previousHash?: Buffer;
  /** What its content comes to where it is not said. */
  hash?: Buffer;
}

/** Topics, schemas and a database of this test's own, on the stack that all tests share. */
export async function givenPlatform() {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL } = stackAddresses();
  log.setLevel('silent');
  const prefix = topicPrefix();
  const connection = { brokers: brokersOf(KAFKA_BROKERS), clientId: 'audit-test' };
  const registry = new SchemaRegistry({ url: SCHEMA_REGISTRY_URL });
  const definitions = topicDefinitions(prefix);
  const group = `${prefix}audit-projection`;
  await withAdmin(connection, (kafka) =>
    ensureTopics(kafka, [
      ...definitions,
      { topic: `${group}.dlq`, partitions: 6, configs: { 'cleanup.policy': 'delete' } },
    ]),
  );
  const topics = topicNames(prefix);
  await registry.register(`${topics.checkpoints}-value`, readSchemaText('Checkpoint'));
  const [OrderEvent, OrderAttempt] = [
    await registry.register(`${topics.events}-value`, readSchemaText('OrderEvent')),
    await registry.register(`${topics.attempts}-value`, readSchemaText('OrderAttempt')),
  ];
  const encoder = messageEncoder({ OrderEvent, OrderState: OrderEvent, OrderAttempt });
  const database = await createDatabase();
  await migrate(database.connectionString, [join(repository, 'apps/audit-projection/migrations')]);
  const producer = new PlainProducer(connection);
  const heads = new Map<string, { version: number; hash: Buffer }>();
  let highest = 0;
  let lastRecorded = now() - 3_600_000_000;
  const services: RunningService[] = [];

  const messageOf = (given: GivenFact): PlainMessage => {
    const { orderId, fact } = given;
    const head = heads.get(orderId) ?? { version: 0, hash: noHash };
    lastRecorded += 1_000;
    const position = given.position === undefined ? highest + 1 : given.position;
    highest = Math.max(highest, position ?? 0);
    const recorded = {
      ...toStored(fact),
      ...(given.schemaVersion !== undefined && { schemaVersion: given.schemaVersion }),
      ...{
        eventId: randomUUID(),
        stream: orderId,
        version: given.version ?? head.version + 1,
        position: position ?? 0,
      },
      ...{ occurredAt: lastRecorded, recordedAt: lastRecorded, previousHash: given.previousHash ?? head.hash },
      metadata: { actor: 'agent-17', reason: 'a test' },
    };
    const document = canonicalDocument({ ...recorded, orderId });
    const hash = given.hash ?? hashOf(recorded.previousHash, canonicalBytes(document));
    heads.set(orderId, { version: recorded.version, hash });
    return {
      key: `${orderId}:${recorded.version}`,
      value: encoder.event({ ...recorded, hash }),
      headers: { 'order-id': orderId, ...(position !== null && { 'event-position': String(position) }) },
      partition: partitionOf(orderId),
      timestampMs: Math.floor(lastRecorded / 1000),
    };
  };

  return {
    ...{ connection, registry, topics, group, database, producer, messageOf },
    send: (messages: PlainMessage[]) => producer.send(topics.events, messages),
    given: (...facts: GivenFact[]) => producer.send(topics.events, facts.map(messageOf)),
    attempted: (attempt: Attempt) => {
      const { key, partition, payload, headers, timestamp } = attemptMessage(attempt, encoder, topics);
      return producer.send(topics.attempts, [
        { key, partition, value: payload, headers, timestampMs: Math.floor(timestamp / 1000) },
      ]);
    },

    /** Starts audit-projection on it. @param settings beside the stack's */
    async start(settings: Record<string, string> = {}) {
      const service = await startAuditProjection(
        readAuditConfig({
          ...{ KAFKA_BROKERS, SCHEMA_REGISTRY_URL, TOPIC_PREFIX: prefix, AUDIT_PORT: '0', LOG_LEVEL: 'silent' },
          AUDIT_DATABASE_URL: database.as('audit'),
          ...settings,
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
      await producer.close();
      await withAdmin(connection, async ({ admin }) => {
        await admin.deleteTopics({ topics: [...definitions.map(({ topic }) => topic), `${group}.dlq`] });
      });
      await database.drop();
    },
  };
}

export type Platform = Awaited<ReturnType<typeof givenPlatform>>;

/** What the answers hold that tests look at; which of it there is depends on the route. */
export type Answer = Omit<ProjectionStatus, 'partitions'> & {
  facts: Record<string, unknown>[];
  attempts: Record<string, unknown>[];
  findings: { number: number; orderId: string; kind: string; subject: string; resolvedAt: string | null }[];
  nextCursor: string | null;
};

export const placed = (orderId: string, total = 8_999): GivenFact => ({
  orderId,
  fact: {
    ...{ type: 'OrderPlaced', customerId: 'c-1', channel: 'api', currency: 'GBP', total },
    lines: [{ line: 1, sku: 'TEA', quantity: 1, unitPrice: total, amount: total }],
  },
});

export const captured = (orderId: string, amount: number): GivenFact => ({
  orderId,
  fact: {
    ...{ type: 'PaymentCaptured', currency: 'GBP', paymentId: randomUUID(), amount },
    allocation: [{ line: 1, sku: 'TEA', quantity: 1, amount }],
  },
});

export const refunded = (orderId: string, amount: number): GivenFact => ({
  orderId,
  fact: {
    ...{ type: 'RefundInitiated', currency: 'GBP', refundId: randomUUID(), amount },
    allocation: [{ line: 1, sku: 'TEA', quantity: 0, amount }],
  },
});
