import type { EventStore } from '@orderlog/event-store';
import { type MessageEncoder, partitionOf, type TopicNames } from '@orderlog/order-contract';
import { tailOf } from './tail-of.js';

/** An order, and the version from which on it is sent again; one more than its last: its state alone. */
export interface Tail {
  order: string;
  fromVersion: number;
}

/** Of so many facts at the store's end the last one of a partition is looked for. */
const atTheEnd = 2_000;

/**
 * Sends tails of orders again, and behind them, on each partition that they went to, the last fact that the store has there:
 * by the ends of the topic order-service sees whether a store that was put back is behind.
 * @returns how many orders, and messages, were asked for
 */
export async function sendTails(
  store: EventStore,
  tails: Iterable<Tail> | AsyncIterable<Tail>,
  how: { encoder: MessageEncoder; topics: TopicNames; signal: AbortSignal; onSent: (orders: number) => void },
): Promise<{ orders: number; messages: number }> {
  const { encoder, topics, signal, onSent } = how;
  const send = ({ order, fromVersion }: Tail) =>
    store.sendAgain(order, (events) => tailOf(events, fromVersion, encoder, topics));
  const lastSent = new Map<number, string>();
  let [orders, messages] = [0, 0];
  for await (const tail of tails) {
    signal.throwIfAborted();
    messages += await send(tail);
    lastSent.set(partitionOf(tail.order), tail.order);
    onSent(++orders);
  }
  if (orders === 0) return { orders, messages };
  const { position } = await store.head();
  const ends = await store.readAll({ afterPosition: Math.max(0, position - atTheEnd), limit: atTheEnd });
  for (const [partition, order] of lastSent) {
    const end = ends.findLast(({ stream }) => partitionOf(stream) === partition);
    if (end && end.stream !== order) await send({ order: end.stream, fromVersion: end.version });
  }
  return { orders, messages };
}
