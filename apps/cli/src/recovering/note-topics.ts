import {
  type Decoder,
  headerText,
  type KafkaConnection,
  type ReceivedBatch,
  type ReceivedMessage,
} from '@orderlog/kafka';
import {
  type OrderAttemptMessage,
  partitionOf,
  recordedAttemptsQuery,
  type TopicNames,
  unknownNameOf,
} from '@orderlog/order-contract';
import type pg from 'pg';
import { readTopics } from '../verifying/read-topics.js';
import { attemptIn } from '../verifying/verify-attempts.js';
import { factIn, orderIn } from '../verifying/verify-topic.js';
import { type Copy, noteCopies, noteStates } from './beside-topic.sql.js';

export interface NotingTopics {
  client: pg.Client;
  connection: KafkaConnection;
  topics: TopicNames;
  groupPrefix: string;
  decoders: { event: Decoder; attempt: Decoder<OrderAttemptMessage> };
  /** Facts behind it may have to come back: of them the message is kept. */
  head: number;
  signal: AbortSignal;
  onProgress: (read: number, of: number) => void;
}

/**
 * Reads the topics to their ends and notes beside the store what stands there of facts and states.
 * @returns what was refused and is not in the store
 */
export async function noteTopics(options: NotingTopics): Promise<OrderAttemptMessage[]> {
  const { client, topics } = options;
  const attempts = new Map<string, OrderAttemptMessage>();
  await readTopics({
    ...options,
    topics: new Map([
      [topics.events, (batch: ReceivedBatch) => noteFacts(batch, options)],
      [topics.state, (batch: ReceivedBatch) => noteLatest(batch, client)],
      [
        topics.attempts,
        async (batch: ReceivedBatch) => {
          for (const attempt of await attemptsIn(batch, options)) {
            attempts.set(attemptKey(attempt), attempt);
          }
        },
      ],
    ]),
  });
  return [...attempts.values()];
}

/** Where no reader of the order would look, and no compaction would count it, nothing of the order stands. */
const isInPlace = (order: string, partition: number): boolean => partition === partitionOf(order);

async function noteFacts({ partition, messages }: ReceivedBatch, options: NotingTopics): Promise<void> {
  const copies: Copy[] = [];
  for (const message of messages) {
    const key = message.key?.toString('utf8') ?? '';
    if (isInPlace(orderIn(key), partition)) copies.push(await copyOf(message, key, options));
  }
  await noteCopies(options.client, copies);
}

async function noteLatest({ partition, messages }: ReceivedBatch, client: pg.Client): Promise<void> {
  const states = messages.map((message) => ({
    orderId: message.key?.toString('utf8') ?? '',
    version: message.value === null ? null : (wholeNumber(message, 'order-version') ?? null),
  }));
  await noteStates(
    client,
    states.filter(({ orderId }) => isInPlace(orderId, partition)),
  );
}

/** What cannot be read, or is not where a relay of ours puts it, is nobody's attempt; `orderlog verify` names it. */
async function attemptsIn(
  { partition, messages }: ReceivedBatch,
  options: NotingTopics,
): Promise<OrderAttemptMessage[]> {
  const { client, decoders } = options;
  const read: OrderAttemptMessage[] = [];
  for (const { key, value } of messages) {
    if (value === null) continue;
    const { attempt } = await attemptIn(value, key?.toString('utf8') ?? '', decoders.attempt);
    if (attempt && isInPlace(attempt.orderId, partition)) read.push(attempt);
  }
  const { rows } = await client.query<{ order_id: string; command_id: string }>(recordedAttemptsQuery(read));
  const recorded = new Set(rows.map((row) => `${row.order_id}:${row.command_id}`));
  return read.filter((attempt) => !recorded.has(attemptKey(attempt)));
}

const attemptKey = ({ orderId, commandId }: OrderAttemptMessage): string => `${orderId}:${commandId}`;

const nothing = Buffer.alloc(0);

async function copyOf(message: ReceivedMessage, key: string, { decoders, head }: NotingTopics): Promise<Copy> {
  const { offset, value } = message;
  const position = wholeNumber(message, 'event-position');
  if (value === null || position === undefined) return { key, offset, hash: nothing };
  const { event, wrong } = await factIn(value, key, decoders.event);
  if (wrong !== undefined) return { key, offset, hash: nothing };
  const { orderId, version, recordedAt, previousHash, hash, data } = event;
  const sealed = (data?.['customer'] as { keyId?: string } | undefined)?.keyId;
  return {
    ...{ key, offset, hash, position, stream: orderId, version, recordedAt, previousHash },
    ...(sealed !== undefined && { keyId: sealed }),
    ...(event.type === 'CustomerForgotten' && data !== null && { forgets: data['keyId'] as string }),
    ...(data === null && { unread: unknownNameOf(event) }),
    ...(position > head && { payload: value }),
  };
}

function wholeNumber(message: ReceivedMessage, header: string): number | undefined {
  const said = headerText(message, header) ?? '';
  return /^[1-9]\d{0,14}$/.test(said) ? Number(said) : undefined;
}
