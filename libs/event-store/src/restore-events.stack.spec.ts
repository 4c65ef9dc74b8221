import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import fc from 'fast-check';
import { Client } from 'pg';
import { hashOf } from './canonical-bytes.js';
import {
  DoesNotFollow,
  EventStore,
  restoreEvents,
  underAppendLock,
  type JsonObject,
  type NewEvent,
  type StoredEvent,
} from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';

/** What was, and the same store put back from a backup that was made when it was empty. */
let lost: OwnDatabase;
let store: EventStore;
beforeAll(async () => {
  lost = await ownDatabase('lost');
  store = new EventStore({ connectionString: lost.ordersUrl });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await lost?.drop();
});

const fact = (data: JsonObject = { watts: 40 }): NewEvent => ({
  ...{ type: 'LampLit', schemaVersion: 1, data, metadata: { actor: 'keeper', reason: 'dusk' }, occurredAt: now() },
});
const all = (from: EventStore = store): Promise<StoredEvent[]> => from.readAll({ afterPosition: 0, limit: 1_000_000 });
/** Every column as Postgres writes it: what is the same here is the same byte for byte. */
const bytesOf = (database: OwnDatabase) =>
  database.sql('select event::text from orders.events event order by position');

async function putBack(work: (into: OwnDatabase, client: Client) => Promise<void>): Promise<void> {
  const into = await ownDatabase('put_back');
  const client = new Client({ connectionString: into.ordersUrl });
  await client.connect();
  try {
    await work(into, client);
  } finally {
    await client.end();
    await into.drop();
  }
}

describe('facts that are put back', () => {
  it('are byte for byte what they were, in pages of any size, and the store goes on behind them', async () => {
    const data = fc.dictionary(
      fc.string({ maxLength: 5 }),
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.constant(null), fc.constant(1e21)),
      { maxKeys: 4 },
    );
    const lamps = ['north', 'south', 'east'].map((name) => `${name}-${randomUUID()}`);
    const appended = fc.array(fc.record({ lamp: fc.constantFrom(...lamps), data }), { minLength: 40, maxLength: 60 });
    for (const { lamp, data: some } of fc.sample(appended, 1).flat()) {
      const kept = JSON.parse(JSON.stringify(some).replaceAll('\\u0000', '')) as JsonObject;
      await store.append({ stream: lamp, expectedVersion: 'any', events: [fact(kept)] });
    }
    const events = await all();
    await putBack(async (into, client) => {
      for (const pages = [...events]; pages.length > 0;) {
        const size = fc.sample(fc.integer({ min: 1, max: 17 }), 1)[0]!;
        await restoreEvents(client, pages.splice(0, size));
      }
      expect(await bytesOf(into)).toEqual(await bytesOf(lost));
      const after = new EventStore({ connectionString: into.ordersUrl });
      const { stream } = events[0]!;
      const version = events.filter((event) => event.stream === stream).length;
      expect(await after.append({ stream, expectedVersion: version, events: [fact()] })).toMatchObject({
        outcome: 'appended',
        events: [{ position: events.length + 1, version: version + 1 }],
      });
      await after.close();
    });
  });

  it('are put back behind an instant that was settled when the store had lost them', async () => {
    await store.append({ stream: randomUUID(), expectedVersion: 'none', events: [fact()] });
    const events = await all();
    await putBack(async (into, client) => {
      const without = new EventStore({ connectionString: into.ordersUrl });
      await without.settle(now());
      await restoreEvents(client, events);
      expect(await bytesOf(into)).toEqual(await bytesOf(lost));
      await without.close();
    });
  });

  /** A fact that says so itself: chained anew, so that only what is meant is wrong with it. */
  const changed = (event: StoredEvent, change: Partial<StoredEvent>): StoredEvent => {
    const other = { ...event, ...change };
    return { ...other, hash: hashOf(other) };
  };
  it.each<[string, (events: StoredEvent[]) => StoredEvent[], RegExp]>([
    ['where one is missing', ([, ...rest]) => rest, /at position 2 does not follow position 0/],
    ['where one comes twice', ([first, ...rest]) => [first!, first!, ...rest], /position 1 does not follow position 1/],
    ['of another version', ([first]) => [changed(first!, { version: 2 })], /does not follow version 0/],
    [
      'of another chain',
      ([first]) => [changed(first!, { previousHash: Buffer.alloc(32, 1) })],
      /the hash of the fact before/,
    ],
    ['of which a word was changed', ([first]) => [{ ...first!, data: { watts: 41 } }], /not what its hash is of/],
    [
      'that was recorded before the one before it',
      ([first, second]) => [first!, changed(second!, { recordedAt: first!.recordedAt })],
      /recorded no later/,
    ],
    [
      'whose id is written in capitals',
      ([first]) => [changed(first!, { eventId: '019AAAAA-0000-7000-8000-00000000000A' })],
      /write in another way/,
    ],
  ])('are refused, all of them, %s', async (_, wrong, says) => {
    for (const stream of [randomUUID(), randomUUID()])
      await store.append({ stream, expectedVersion: 'none', events: [fact()] });
    const events = await all();
    await putBack(async (into, client) => {
      const refused = restoreEvents(client, wrong(events));
      await expect(refused).rejects.toThrow(DoesNotFollow);
      await expect(refused).rejects.toThrow(says);
      expect(await bytesOf(into)).toEqual([]);
      await restoreEvents(client, events.slice(0, 2)); // and the connection is good for the next
      expect(await bytesOf(into)).toHaveLength(2);
    });
  });

  it('keep out whoever appends until all of them are there', async () => {
    await store.append({ stream: randomUUID(), expectedVersion: 'none', events: [fact()] });
    const events = await all();
    await putBack(async (into, client) => {
      const after = new EventStore({ connectionString: into.ordersUrl, appendTimeoutMs: 30_000 });
      let appending: ReturnType<EventStore['append']> | undefined;
      await underAppendLock(client, async () => {
        for (const [index, event] of events.entries()) {
          await restoreEvents(client, [event]);
          if (index === 0) appending = after.append({ stream: 'meanwhile', expectedVersion: 'none', events: [fact()] });
        }
      });
      expect(await appending).toMatchObject({ outcome: 'appended', events: [{ position: events.length + 1 }] });
      await after.close();
    });
  });
});

describe('messages that are sent again', () => {
  const messageOf = (event: StoredEvent) => ({
    ...{ topic: 'lamps.v1', key: `${event.stream}:${event.version}`, partition: 0, aggregateId: event.stream },
    ...{ type: event.type, payload: Buffer.from('lit'), headers: {}, timestamp: event.recordedAt },
    position: event.position,
  });
  const sentOf = async (stream: string) =>
    (
      await lost.sql<{ key: string }>('select key from orders.outbox where aggregateid = $1 order by seq', [stream])
    ).map(({ key }) => key.split(':')[1]);

  it('are made of what the stream has then, and what comes meanwhile is behind them', async () => {
    const stream = randomUUID();
    const append = (): Promise<unknown> =>
      store.append({ stream, expectedVersion: 'any', events: [fact()], messages: (made) => made.map(messageOf) });
    for (let count = 0; count < 3; count += 1) await append();
    const appending: Promise<unknown>[] = [];
    const sent = await store.sendAgain(stream, (events) => {
      appending.push(append());
      return events.slice(1).map(messageOf);
    });
    await Promise.all(appending);
    expect(sent).toBe(2);
    expect(await sentOf(stream)).toEqual(['1', '2', '3', '2', '3', '4']);
  });

  it('are none where they cannot be made, and the caller hears why', async () => {
    const stream = randomUUID();
    await store.append({ stream, expectedVersion: 'none', events: [fact()] });
    const refused = store.sendAgain(stream, () => {
      throw new RangeError('too large');
    });
    await expect(refused).rejects.toThrow(new RangeError('too large'));
    expect(await sentOf(stream)).toEqual([]);
  });
});
