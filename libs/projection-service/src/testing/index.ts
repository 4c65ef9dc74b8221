import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { now, type Instant } from '@orderlog/instant';
import { brokersOf, ensureTopics, PlainProducer, SchemaRegistry, withAdmin, type PlainMessage } from '@orderlog/kafka';
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
import type { RunningService } from '@orderlog/service-kit';

/** A fact as a test gives it; what is wrong with it, it says. */
export interface GivenFact {
  orderId: string;
  fact: OrderEvent;
  /** As it is recorded where it is not said. */
  occurredAt?: Instant;
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

/**
 * Topics, schemas and a database of this test's own, for one projection, on the stack that all tests share.
 * @param start starts the app on them, on any port, with what its environment says
 */
export async function givenProjection<Body>(
  name: string,
  start: (env: Record<string, string>, databaseOf: (role: string) => string) => Promise<RunningService>,
) {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL } = stackAddresses();
  const prefix = topicPrefix();
  const connection = { brokers: brokersOf(KAFKA_BROKERS), clientId: `${name}-test` };
  const registry = new SchemaRegistry({ url: SCHEMA_REGISTRY_URL });
  const definitions = topicDefinitions(prefix);
  const group = `${prefix}${name}`;
  const deadLetters = { topic: `${group}.dlq`, partitions: 6, configs: { 'cleanup.policy': 'delete' } };
  await withAdmin(connection, (kafka) => ensureTopics(kafka, [...definitions, deadLetters]));
  const topics = topicNames(prefix);
  const ids: Record<string, number> = {};
  for (const { subject, schema } of definitions) {
    ids[schema] = await registry.register(subject, readSchemaText(schema));
  }
  const encoder = messageEncoder(ids);
  const database = await createDatabase();
  await migrate(database.connectionString, [join(repository, 'apps', name, 'migrations')]);
  const producer = new PlainProducer(connection);
  const heads = new Map<string, { version: number; hash: Buffer }>();
  let highest = 0;
  const firstRecorded = now() - 86_400_000_000;
  let lastRecorded = firstRecorded;
  const services: RunningService[] = [];

  /** The message of a fact, as the outbox would have it. */
  const messageOf = (given: GivenFact): PlainMessage => {
    const { orderId, fact } = given;
    const head = heads.get(orderId) ?? { version: 0, hash: noHash };
    lastRecorded += 1_000;
    const position = given.position === undefined ? highest + 1 : given.position;
    highest = Math.max(highest, position ?? 0);
    const recorded = {
      ...toStored(fact),
      ...(given.schemaVersion !== undefined && { schemaVersion: given.schemaVersion }),
      ...{ eventId: randomUUID(), stream: orderId, position: position ?? 0 },
      version: given.version ?? head.version + 1,
      ...{ occurredAt: given.occurredAt ?? lastRecorded, recordedAt: lastRecorded },
      previousHash: given.previousHash ?? head.hash,
      metadata: { actor: 'agent-17', reason: 'a test' },
    };
    const document = canonicalDocument({ ...recorded, orderId });
    const hash = given.hash ?? hashOf(recorded.previousHash, canonicalBytes(document));
    heads.set(orderId, { version: recorded.version, hash });
    return {
      key: `${orderId}:${recorded.version}`,
      value: encoder.event({ ...recorded, hash }),
      headers: {
        ...{ 'order-id': orderId, 'event-type': fact.type },
        ...(position !== null && { 'event-position': String(position) }),
      },
      partition: partitionOf(orderId),
      timestampMs: Math.floor(lastRecorded / 1000),
    };
  };

  return {
    ...{ connection, registry, encoder, topics, group, database, producer, firstRecorded, messageOf },
    send: (messages: PlainMessage[]) => producer.send(topics.events, messages),
    given: (...facts: GivenFact[]) => producer.send(topics.events, facts.map(messageOf)),

    /** Starts the app on it. @param settings beside the stack's */
    async start(settings: Record<string, string> = {}) {
      const env = { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, TOPIC_PREFIX: prefix, LOG_LEVEL: 'silent', ...settings };
      const service = await start(env, (role) => database.as(role));
      services.push(service);
      const ask = async (path: string, init?: RequestInit) => {
        const answer = await fetch(service.url + path, init);
        return { status: answer.status, body: (await answer.json()) as Body };
      };
      return { ...service, ask, tell: (path: string) => ask(path, { method: 'POST' }) };
    },

    async end() {
      await Promise.all(services.map((service) => service.stop('the test is over')));
      await producer.close();
      await withAdmin(connection, async ({ admin }) => {
        await admin.deleteTopics({ topics: [...definitions, deadLetters].map(({ topic }) => topic) });
      });
      await database.drop();
    },
  };
}

export const placed = (orderId: string, total = 8_999): GivenFact => ({
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
