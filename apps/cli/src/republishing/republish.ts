import { EventStore } from '@orderlog/event-store';
import { topicNames } from '@orderlog/order-contract';
import type { Config } from '../config.js';
import { registeredEncoder } from '../importing/registered-encoder.js';
import { mustNotBeBehind } from '../must-not-be-behind.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { sendTails, type Tail } from './send-tails.js';
import { tailOf } from './tail-of.js';

/** One order from a version on, or all that have a fact from a position on, each from its first one there on. */
export type WhatToSend = Tail | { fromPosition: number };

export interface Republished {
  orders: number;
  /** Messages that wait in the outbox now, those of latest states among them; with `dryRun` that would. */
  messages: number;
}

/**
 * Sends facts again: tails of orders, each with its latest state, through the outbox and under the append lock, so that no
 * newer fact overtakes them.
 * @throws CommandFailed where there is no such fact, the store is behind its topic, or what it holds is not whole
 */
export async function republish(options: {
  config: Config;
  what: WhatToSend;
  dryRun?: boolean;
  signal: AbortSignal;
  onProgress: (orders: number) => void;
}): Promise<Republished> {
  const { config, what, dryRun = false, signal } = options;
  const topics = topicNames(config.TOPIC_PREFIX);
  const encoder = await registeredEncoder(config);
  const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
  try {
    await mustNotBeBehind(store, config); // facts that only the topic has would stand before what is sent again
    const tails = 'order' in what ? [await tailThere(store, what)] : firstsBehind(store, what.fromPosition - 1);
    if (!dryRun) return await sendTails(store, tails, { encoder, topics, signal, onSent: options.onProgress });
    const would: Republished = { orders: 0, messages: 0 };
    for await (const { order, fromVersion } of tails) {
      signal.throwIfAborted();
      would.messages += tailOf(await store.read(order), fromVersion, encoder, topics).length;
      options.onProgress(++would.orders);
    }
    return would;
  } finally {
    await store.close();
  }
}

/** @throws CommandFailed where the store has no such fact */
async function tailThere(store: EventStore, tail: Tail): Promise<Tail> {
  const [last] = await store.read(tail.order, { direction: 'backward', limit: 1 });
  if (!last) throw new CommandFailed(`there is no order ${tail.order}`, 'Look at the ID: case matters.');
  if (tail.fromVersion <= last.version) return tail;
  throw new CommandFailed(
    `order ${tail.order} has no version ${tail.fromVersion}: its last is ${last.version}`,
    'Name the first version that is wrong on the topic; `orderlog verify --order ID` says which.',
  );
}

/** Each order that has a fact behind a position, with its first version there. */
async function* firstsBehind(store: EventStore, position: number): AsyncGenerator<Tail> {
  const { position: end } = await store.head();
  const seen = new Set<string>();
  for (let after = position; after < end;) {
    const events = await store.readAll({ afterPosition: after, limit: 1_000 });
    if (events.length === 0) return;
    for (const { stream, version } of events) {
      if (seen.has(stream)) continue;
      seen.add(stream);
      yield { order: stream, fromVersion: version };
    }
    after = events.at(-1)!.position;
  }
}
