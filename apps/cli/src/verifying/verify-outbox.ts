import type { Decoder } from '@orderlog/kafka';
import { partitionOf, type TopicNames } from '@orderlog/order-contract';
import type pg from 'pg';
import { misdirected, type WaitingMessage, waitingMessages } from './compared.sql.js';
import type { Differences, KnownFacts } from './known-facts.js';
import { factIn, orderIn } from './verify-topic.js';

/**
 * Looks at the messages of facts that wait in the outbox, as they will be sent: each carries the fact that the store has at
 * its position, and goes to the partition of its order.
 * @returns the positions of those that wait: they need not be in the topic yet
 */
export async function verifyOutbox(options: {
  pool: pg.Pool;
  topics: TopicNames;
  upTo: number;
  order?: string;
  decoder: Decoder;
  known: KnownFacts;
  differences: Differences;
  signal: AbortSignal;
}): Promise<Set<number>> {
  const { pool, topics, upTo, known, decoder, differences, signal } = options;
  const waiting = new Set<number>();
  for await (const messages of waitingMessages(pool, topics.events)) {
    signal.throwIfAborted();
    for (const message of messages) {
      const { position, key } = message;
      if (position !== null && position > upTo) continue; // it came while we were at work
      if (position !== null) waiting.add(position);
      const order = orderIn(key);
      if (options.order !== undefined && order !== options.order) continue;
      const { version, what } = await wrongOf(message, known, decoder);
      if (what === undefined) continue;
      differences.add({ where: 'outbox', order, version, position, what: `of what waits to be sent: ${what}` });
    }
  }
  if (options.order !== undefined) return waiting;
  for (const { topic, key } of await misdirected(pool, [topics.events, topics.state, topics.attempts])) {
    const what = `a message with the key ${key} waits for the topic ${topic}, to which nothing is sent from here`;
    differences.add({ where: 'outbox', order: null, version: null, position: null, what });
  }
  return waiting;
}

async function wrongOf(
  { position, key, payload, partition, header }: WaitingMessage,
  known: KnownFacts,
  decoder: Decoder,
): Promise<{ version: number | null; what: string | undefined }> {
  if (payload === null) return { version: null, what: 'it would delete the fact' };
  const { event, wrong } = await factIn(payload, key, decoder);
  const version = event?.version ?? null;
  if (wrong !== undefined) return { version, what: wrong };
  if (position === null) return { version, what: 'it does not say which position it has' };
  if (!known.is(position, event.hash)) return { version, what: 'it carries another fact than the store has' };
  if (header !== null && header !== String(position))
    return { version, what: `it will say that its position is ${header}` };
  const right = partitionOf(event.orderId);
  return {
    version,
    what: partition === right ? undefined : `it goes to partition ${partition}, and its order is on ${right}`,
  };
}
