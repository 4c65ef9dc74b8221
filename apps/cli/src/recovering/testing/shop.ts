import { randomUUID } from 'node:crypto';
import { EventStore, newId, type StoredEvent } from '@orderlog/event-store';
import { now } from '@orderlog/instant';
import { consumeBatches, headerText, PlainProducer } from '@orderlog/kafka';
import { createDatabase, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import {
  afterAll,
  type Attempt,
  attemptMessage,
  type MessageEncoder,
  messagesOf,
  noState,
  recordAttemptsQuery,
  topicNames,
  toStored,
} from '@orderlog/order-contract';
import { decide, fold, type OrderCommand, type OrderEvent } from '@orderlog/order-domain';
import pg from 'pg';
import { type Config, readConfig } from '../../config.js';
import { registeredEncoder } from '../../importing/registered-encoder.js';
import { migrate } from '../../migrating/migrate.js';
import { registerSchemas } from '../../schemas/register-schemas.js';
import { connectionOf, createTopics } from '../../topics/create-topics.js';

const signal = new AbortController().signal;

/** A store on a database of its own, and topics that it shares with the others of its shop. */
export interface Branch {
  config: Config;
  /** One statement as the superuser. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Does a command, as order-service does: facts and messages together. */
  tell(order: string, command: OrderCommand): Promise<void>;
  /** Notes that a command was refused, and tells the topic. */
  refuse(order: string): Promise<void>;
  /** Sends what waits in the outbox, as a relay does; of one order only, where it is said. */
  relay(only?: (order: string) => boolean): Promise<void>;
  /** Every fact as Postgres writes it: what is the same here is the same byte for byte. */
  facts(): Promise<string[]>;
  attempts(): Promise<string[]>;
  /** A copy of the database as it is now, with the same topics. */
  copy(): Promise<Branch>;
}

export interface Shop extends Branch {
  /** What stands on a topic: keys and versions, each partition in order. */
  onTopic(
    topic: 'events' | 'state',
  ): Promise<{ key: string; version: number; position: number; value: Buffer | null }[]>;
  producer: PlainProducer;
  encoder: MessageEncoder;
  close(): Promise<void>;
}

export const placed = (
  more: { customer?: { keyId: string; sealed: string }; unitPrice?: number } = {},
): OrderCommand => ({
  ...{ type: 'PlaceOrder', customerId: 'c-1', currency: 'GBP' },
  lines: [{ sku: 'TEA', quantity: 1, unitPrice: more.unitPrice ?? 1_000 }],
  ...(more.customer && { customer: more.customer }),
});
export const discounted = (code: string): OrderCommand => ({ type: 'ApplyDiscount', code, amount: 1 });

export async function openShop(): Promise<Shop> {
  const database = await createDatabase();
  const made: string[] = [];
  const open: EventStore[] = [];
  const configOf = (name: string): Config => {
    const as = (role?: string): string => {
      const url = new URL(database.connectionString);
      url.pathname = `/${name}`;
      if (role) url.username = url.password = role;
      return url.href;
    };
    return readConfig({
      ...stackAddresses(),
      ...{
        DATABASE_URL: as(),
        ORDERS_DATABASE_URL: as('orders'),
        VERIFY_DATABASE_URL: as('verify'),
        TOPIC_PREFIX: prefix,
      },
    });
  };
  const prefix = topicPrefix();
  const config = configOf(database.name);
  await migrate({ connectionString: database.connectionString, env: {}, waitMs: 60_000, signal, say: () => undefined });
  await createTopics(config, signal, 60_000);
  await registerSchemas({ url: config.SCHEMA_REGISTRY_URL, prefix, waitMs: 60_000, signal });
  const encoder = await registeredEncoder(config);
  const topics = topicNames(prefix);
  const producer = new PlainProducer(connectionOf(config));

  const branch = (name: string): Branch => {
    const own = configOf(name);
    let store: EventStore | undefined;
    const opened = (): EventStore => {
      if (!store) open.push((store = new EventStore({ connectionString: own.ORDERS_DATABASE_URL })));
      return store;
    };
    const sql: Branch['sql'] = (text, values) => once(own.DATABASE_URL, text, values);
    return {
      config: own,
      sql,
      tell: async (order, command) => {
        const before = await opened().read(order);
        const state = afterAll(noState, before);
        const decision = decide(command, state.order);
        if (decision.outcome !== 'facts') throw new Error(`${order}: ${JSON.stringify(decision)}`);
        const result = await opened().append({
          ...{ stream: order, expectedVersion: before.length },
          events: decision.facts.map((fact: OrderEvent) => ({
            ...(toStored(fact) as Pick<StoredEvent, 'type' | 'schemaVersion' | 'data'>),
            ...{ metadata: { actor: 'a test', commandId: randomUUID() }, occurredAt: now() },
          })),
          messages: (recorded) =>
            messagesOf(recorded, fold(decision.facts, state.order), encoder, topics, {
              ...(state.version > 0 && { placedAt: state.placedAt }),
            }),
        });
        if (result.outcome !== 'appended') throw new Error(`${order}: ${JSON.stringify(result)}`);
      },
      refuse: async (order) => {
        const attempt: Attempt = {
          ...{ attemptId: newId(), orderId: order, commandId: randomUUID(), command: 'CapturePayment' },
          ...{ refusal: 'capture-exceeds-owed', attemptedAt: now(), orderVersion: 1, currency: 'GBP', amount: 7 },
          ...{ sameContent: null, details: '{"owed":1}' },
        };
        await opened().enqueue([attemptMessage(attempt, encoder, topics)], async (tx) => {
          await tx.query(recordAttemptsQuery([attempt]));
        });
      },
      relay: async (only = () => true) => {
        const rows = await sql<Record<string, string> & { payload: Buffer; partition: number; ms: string }>(
          `select *, (extract(epoch from timestamp) * 1000)::bigint as ms from orders.outbox order by seq`,
        );
        for (const row of rows.filter(({ aggregateid }) => only(aggregateid!))) {
          const headers = Object.fromEntries(
            ['event-id', 'event-type', 'order-id', 'order-version', 'event-position'].flatMap((header) =>
              row[header] ? [[header, row[header]]] : [],
            ),
          );
          await producer.send(row['aggregatetype']!, [
            {
              ...{
                key: row['key']!,
                value: row.payload,
                partition: row.partition,
                headers,
                timestampMs: Number(row.ms),
              },
            },
          ]);
          await sql('delete from orders.outbox where seq = $1', [row['seq']]);
        }
      },
      facts: async () =>
        (await sql<{ event: string }>('select event::text from orders.events event order by position')).map(
          ({ event }) => event,
        ),
      attempts: async () =>
        (await sql<{ attempt: string }>('select attempt::text from orders.attempts attempt order by attempt_id')).map(
          ({ attempt }) => attempt,
        ),
      copy: async () => {
        await store?.close();
        store = undefined;
        const copy = `${database.name}_${made.length + 1}`;
        made.push(copy);
        await once(stackAddresses().DATABASE_URL, `create database ${copy} template ${name}`);
        return branch(copy);
      },
    };
  };
  return {
    ...branch(database.name),
    onTopic: (topic) => readAll(config, topics[topic]),
    producer,
    encoder,
    close: async () => {
      await producer.close();
      for (const store of open) await store.close();
      for (const copy of made) await once(stackAddresses().DATABASE_URL, `drop database ${copy} with (force)`);
      await database.drop();
    },
  };
}

async function once<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function readAll(config: Config, topic: string): ReturnType<Shop['onTopic']> {
  const read: Awaited<ReturnType<Shop['onTopic']>> = [];
  const left = new Set<number>();
  const done = Promise.withResolvers<void>();
  const consumer = consumeBatches({
    connection: connectionOf(config),
    ...{ groupId: `${config.TOPIC_PREFIX}test-${randomUUID()}`, topics: [topic], onFailure: done.reject },
    onAssigned: async (partitions) => {
      for (const { partition, earliestOffset, endOffset } of partitions)
        if (endOffset > earliestOffset) left.add(partition);
      if (left.size === 0) done.resolve();
    },
    handle: async ({ partition, messages, nextOffset, highWatermark }) => {
      for (const message of messages) {
        const number = (header: string) => Number(headerText(message, header) ?? NaN);
        read.push({
          ...{ key: message.key!.toString(), value: message.value },
          ...{ version: number('order-version'), position: number('event-position') },
        });
      }
      if (nextOffset >= highWatermark) left.delete(partition);
      if (left.size === 0) done.resolve();
    },
  });
  await consumer.start();
  await done.promise;
  await consumer.stop();
  return read;
}
