import type { Decoder } from '@orderlog/kafka';
import type pg from 'pg';
import { waitingMessages } from './compared.sql.js';
import type { Differences, KnownFacts } from './known-facts.js';
import { factIn } from './verify-topic.js';

/**
 * Looks at the messages of facts that wait in the outbox, as they will be sent: each carries the fact that the store has at
 * its position.
 * @param topic that of the facts
 * @returns the positions of those that wait: they need not be in the topic yet
 */
export async function verifyOutbox(options: {
  pool: pg.Pool;
  topic: string;
  upTo: number;
  order?: string;
  decoder: Decoder;
  known: KnownFacts;
  differences: Differences;
  signal: AbortSignal;
}): Promise<Set<number>> {
  const { known, decoder, differences, signal } = options;
  const waiting = new Set<number>();
  for await (const messages of waitingMessages(options.pool, options.topic, options.upTo)) {
    signal.throwIfAborted();
    for (const { position, key, payload } of messages) {
      waiting.add(position);
      const order = key.slice(0, Math.max(0, key.lastIndexOf(':')));
      if (options.order !== undefined && order !== options.order) continue;
      const { event, wrong } =
        payload === null ? { wrong: 'it would delete the fact' } : await factIn(payload, key, decoder);
      const another =
        event && !known.is(position, event.hash) ? 'it carries another fact than the store has' : undefined;
      const what = wrong ?? another;
      if (what === undefined) continue;
      differences.add({
        where: 'outbox',
        order,
        version: event?.version ?? null,
        position,
        what: `of what waits to be sent: ${what}`,
      });
    }
  }
  return waiting;
}
