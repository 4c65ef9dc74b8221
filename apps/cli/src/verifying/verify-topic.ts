import {
  type Decoder,
  headerText,
  type KafkaConnection,
  type ReceivedBatch,
  type ReceivedMessage,
} from '@orderlog/kafka';
import { hashHolds, readOrderEvent, type ReceivedOrderEvent } from '@orderlog/order-contract';
import type { Named } from './compared.sql.js';
import type { Difference, Differences, KnownFacts } from './known-facts.js';
import { readTopic } from './read-topic.js';

export interface TopicOptions {
  connection: KafkaConnection;
  topic: string;
  groupPrefix: string;
  decoder: Decoder;
  order?: string;
  partition?: number;
  known: KnownFacts;
  differences: Differences;
  /** Facts of the store with a higher position are not compared: they came while we were at work. */
  upTo: number;
  signal: AbortSignal;
  onProgress: (read: number, of: number) => void;
}

/** A fact that came while we were at work, or that the store has lost since. */
export interface Beyond extends Named {
  position: number;
  at: string;
}
/** Of these the first ones are kept. */
const mostBeyond = 10_000;

/**
 * Reads the whole topic and compares each message with the store: the same fact at the same position, its hash computed
 * again from what the message says.
 * @returns the facts that the topic has at positions behind `upTo`
 */
export async function verifyTopic(options: TopicOptions): Promise<Beyond[]> {
  const beyond: Beyond[] = [];
  await readTopic({
    ...options,
    handle: async (batch) => {
      for (const message of batch.messages) {
        const found = await check(message, batch, options);
        if (found?.wrong) options.differences.add(found.wrong);
        if (found?.beyond && beyond.length < mostBeyond) beyond.push(found.beyond);
      }
    },
  });
  return beyond;
}

async function check(
  message: ReceivedMessage,
  batch: ReceivedBatch,
  { order, decoder, known, upTo }: TopicOptions,
): Promise<{ wrong?: Difference; beyond?: Beyond } | undefined> {
  const key = message.key?.toString('utf8') ?? '';
  const orderOfKey = key.slice(0, Math.max(0, key.lastIndexOf(':')));
  if (order !== undefined && orderOfKey !== order) return undefined;
  const position = Number(headerText(message, 'event-position') ?? NaN);
  const at = `partition ${batch.partition} offset ${message.offset}`;
  const no = (what: string, version: number | null = null) => {
    known.seen(position, batch.partition, message.offset);
    const place = Number.isSafeInteger(position) ? position : null;
    const named = { order: orderOfKey || null, version, position: place };
    return { wrong: { where: 'topic' as const, ...named, what: `${what} (${at})` } };
  };
  if (message.value === null) return no('a tombstone: somebody wants the fact to be deleted');
  if (!Number.isSafeInteger(position)) return no('the message does not say which position it has');
  const { event, wrong } = await factIn(message.value, key, decoder);
  if (wrong !== undefined) return no(wrong, event?.version);
  if (position > upTo) return { beyond: { position, order: event.orderId, version: event.version, at } };
  if (!known.has(position)) return no('the store has no such fact', event.version);
  if (!known.is(position, event.hash)) return no('the store has another fact at this position', event.version);
  known.seen(position, batch.partition, message.offset);
  return undefined;
}

/** The fact that a message carries, under its key; or what is wrong with it, looked at by itself. */
export async function factIn(
  value: Buffer,
  key: string,
  decoder: Decoder,
): Promise<{ event: ReceivedOrderEvent; wrong?: undefined } | { event?: ReceivedOrderEvent; wrong: string }> {
  let event: ReceivedOrderEvent;
  try {
    event = readOrderEvent((decoder.tryDecode(value) ?? (await decoder.decode(value))).value);
  } catch (error) {
    if ((error as Error).name === 'RegistryUnavailable') throw error;
    return { wrong: `the message cannot be read: ${(error as Error).message}` };
  }
  const { orderId, version } = event;
  if (key !== `${orderId}:${version}`) return { wrong: `the key is ${key}, the fact ${orderId}:${version}` };
  return hashHolds(event) === false ? { event, wrong: 'what the message says is not what its hash is of' } : { event };
}
