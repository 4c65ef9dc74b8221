import { type EventStore, hashOf, noHash, type StoredEvent } from '@orderlog/event-store';
import type { Differences, KnownFacts } from './known-facts.js';

interface Last {
  version: number;
  hash: Buffer;
}

/**
 * Reads the facts up to a position and checks what the store promises of them: positions without a hole, versions without a
 * hole in each order, each fact's hash computed again from what it says and from the hash before it, and recorded later than
 * the fact before it. Fills `known` with what stands there, right or wrong.
 * @param order only this one: then positions of others are not looked at
 */
export async function verifyStore(options: {
  store: EventStore;
  upTo: number;
  order?: string;
  known: KnownFacts;
  differences: Differences;
  /** Told of each fact. */
  onFact: (event: StoredEvent) => void;
  signal: AbortSignal;
  onProgress: (facts: number) => void;
}): Promise<void> {
  const { known, order, differences, signal } = options;
  const lastOf = new Map<string, Last>();
  let position = 0;
  let recordedAt = 0;
  for await (const events of pages(options)) {
    signal.throwIfAborted();
    for (const event of events) {
      const wrong = (what: string) =>
        differences.add({
          where: 'store',
          order: event.stream,
          version: event.version,
          position: event.position,
          what,
        });
      if (order === undefined && event.position !== position + 1) {
        wrong(`position ${position + 1} is missing: a fact is not there any more`);
      }
      if (event.recordedAt <= recordedAt) wrong('it was recorded no later than the fact before it');
      position = event.position;
      recordedAt = event.recordedAt;

      const last = lastOf.get(event.stream) ?? { version: 0, hash: noHash };
      if (event.version !== last.version + 1) wrong(`version ${last.version + 1} is missing before it`);
      else if (!event.previousHash.equals(last.hash))
        wrong('it does not follow the fact before it: the chain is broken');
      if (!hashOf(event).equals(event.hash)) wrong('its hash is not that of what it says: it was changed');
      lastOf.set(event.stream, { version: event.version, hash: event.hash });
      known.add(event.position, event.hash);
      options.onFact(event);
    }
    options.onProgress(known.size);
  }
  if (order === undefined && position !== options.upTo) {
    const what = `the last fact is at position ${position}, and ${options.upTo} was there a moment ago`;
    differences.add({ where: 'store', order: null, version: null, position, what });
  }
}

const pageSize = 5_000;

async function* pages(options: { store: EventStore; upTo: number; order?: string }): AsyncGenerator<StoredEvent[]> {
  const { store, upTo, order } = options;
  if (order !== undefined) {
    for (let version = 1; ; version += pageSize) {
      const events = await store.read(order, { fromVersion: version, toVersion: version + pageSize - 1 });
      if (events.length === 0 && version > 1) return;
      yield events.filter((event) => event.position <= upTo);
      // A hole in the versions must not end the reading early.
      if (
        events.length < pageSize &&
        (await store.read(order, { fromVersion: version + pageSize, limit: 1 })).length === 0
      )
        return;
    }
  }
  for (let after = 0; after < upTo;) {
    const events = (await store.readAll({ afterPosition: after, limit: pageSize })).filter(
      ({ position }) => position <= upTo,
    );
    if (events.length === 0) return;
    after = events.at(-1)!.position;
    yield events;
  }
}
