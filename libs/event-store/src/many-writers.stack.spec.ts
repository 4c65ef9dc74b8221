import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import { eventually } from '@orderlog/local-stack';
import { Client } from 'pg';
import {
  EventStore,
  type EventStoreOptions,
  type Append,
  type AppendResult,
  type ExpectedVersion,
  type NewEvent,
  type StoredEvent,
} from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';
import { whatIsWrongWith } from './whole-store-check.js';

let database: OwnDatabase;
const stores: EventStore[] = [];
const open = (options: Partial<EventStoreOptions> = {}): EventStore => {
  const store = new EventStore({ connectionString: database.ordersUrl, appendTimeoutMs: 30_000, ...options });
  stores.push(store);
  return store;
};
beforeAll(async () => {
  database = await ownDatabase('many_writers');
}, 60_000);
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});
afterAll(() => database?.drop());

const fact = (data: NewEvent['data'] = {}): NewEvent => ({
  type: 'LampLit',
  schemaVersion: 1,
  data,
  metadata: {},
  occurredAt: now(),
});
const everything = async (store: EventStore): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await store.readAll({ afterPosition: events.length, limit: 1_000 });
    if (page.length === 0) return events;
    events.push(...page);
  }
};

describe('200 clients on one stream', () => {
  it('are a queue where they expect nothing: 200 facts, 200 versions', async () => {
    const store = open();
    const stream = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 200 }, () => store.append({ stream, expectedVersion: 'any', events: [fact()] })),
    );
    const versions = results.map((result) => (result.outcome === 'appended' ? result.version : 0));
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('each get through in the end where they expect what they saw, and nobody is written over', async () => {
    const store = open();
    const other = open();
    const stream = randomUUID();
    await store.append({ stream, expectedVersion: 'none', events: [fact()] });
    const insist = async (client: number): Promise<void> => {
      const mine = client % 2 ? store : other;
      let expectedVersion = 1;
      for (;;) {
        const result = await mine.append({ stream, expectedVersion, events: [fact({ client })] });
        if (result.outcome === 'appended') return;
        if (result.outcome !== 'conflict') throw new Error(result.outcome);
        expect(result.actualVersion).toBeGreaterThan(expectedVersion);
        expectedVersion = result.actualVersion;
      }
    };
    await Promise.all(Array.from({ length: 200 }, (_, client) => insist(client)));
    const clients = (await store.read(stream, { fromVersion: 2 })).map(({ data }) => data.client as number);
    expect(clients.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, client) => client));
  }, 60_000);
});

describe('an append that may be decided again', () => {
  it('goes through at once, on what came between, whoever of three stores was first', async () => {
    const three = [open(), open(), open()];
    const stream = randomUUID();
    await three[0]!.append({ stream, expectedVersion: 'none', events: [fact({ sum: 0 })] });
    // Each adds one to the last sum: a lost update would show as a sum that comes twice.
    const sumAfter = (newer: StoredEvent[]): number => (newer.at(-1)!.data['sum'] as number) + 1;
    const results = await Promise.all(
      Array.from({ length: 90 }, (_, client) =>
        three[client % 3]!.append({
          stream,
          expectedVersion: 1,
          events: [fact({ sum: 1 })],
          overtaken: (newer) => ({
            stream,
            expectedVersion: newer.at(-1)!.version,
            events: [fact({ sum: sumAfter(newer) })],
          }),
        }),
      ),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(results.map(() => 'appended'));
    const sums = (await three[0]!.read(stream)).map(({ data }) => data['sum']);
    expect(sums).toEqual(Array.from({ length: 91 }, (_, index) => index));
  });

  it('is a conflict where its writer wants nothing more, and is asked about nothing that it has seen', async () => {
    const [store, other, stream] = [open(), open(), randomUUID()];
    await other.append({ stream, expectedVersion: 'none', events: [fact({ n: 1 }), fact({ n: 2 }), fact({ n: 3 })] });
    const asked: number[][] = [];
    const ask = (expectedVersion: ExpectedVersion): Promise<AppendResult> =>
      store.append({
        stream,
        expectedVersion,
        events: [fact()],
        overtaken: (newer) => void asked.push(newer.map(({ version }) => version)),
      });
    expect(await ask(2)).toMatchObject({ outcome: 'conflict', actualVersion: 3 });
    expect(await ask('none')).toMatchObject({ outcome: 'conflict', actualVersion: 3 });
    expect(await ask(7)).toMatchObject({ outcome: 'conflict', actualVersion: 3 });
    expect(asked).toEqual([[3], [1, 2, 3]]);
    expect(await ask(3)).toMatchObject({ outcome: 'appended', version: 4 });
  });

  it('is asked whatever waits before it', async () => {
    const [store, other, stream] = [open({ maxBatch: 1 }), open(), randomUUID()];
    await other.append({ stream, expectedVersion: 'none', events: [fact(), fact()] });
    for (let round = 0; round < 50; round++)
      await store.append({ stream: 'w', expectedVersion: 'any', events: [fact()] });
    const before = Array.from({ length: 5 }, () =>
      store.append({ stream: randomUUID(), expectedVersion: 'none', events: [fact()] }),
    );
    const overtaken = (newer: StoredEvent[]): Append => ({
      stream,
      expectedVersion: newer.at(-1)!.version,
      events: [fact()],
    });
    const result = await store.append({ stream, expectedVersion: 1, events: [fact()], overtaken });
    expect(result).toMatchObject({ outcome: 'appended', version: 3 });
    expect((await Promise.all(before)).map(({ outcome }) => outcome)).toEqual(before.map(() => 'appended'));
  });

  it('is refused where its writer wants another stream or command instead, of which nobody has looked', async () => {
    const [store, other] = [open(), open()];
    const [stream, elsewhere, key] = [randomUUID(), randomUUID(), randomUUID()];
    const command = { scope: 'POST /lamps', key, requestHash: Buffer.from('a'), status: 201 };
    await other.append({ stream, expectedVersion: 'none', events: [fact()] });
    await other.append({ stream: elsewhere, expectedVersion: 'none', events: [fact(), fact()], command });
    const ask = (instead: Partial<Append>): Promise<AppendResult> => {
      const append: Append = { stream, expectedVersion: 'none', events: [fact()] };
      return store.append({ ...append, overtaken: () => ({ ...append, expectedVersion: 'any', ...instead }) });
    };
    expect(await ask({ stream: elsewhere, expectedVersion: 2 })).toMatchObject({ outcome: 'refused' });
    expect(await ask({ stream: elsewhere })).toMatchObject({ outcome: 'refused' });
    expect(await ask({ command })).toMatchObject({ outcome: 'refused' });
    expect(await ask({ events: [] })).toMatchObject({ outcome: 'refused' });
    expect(await ask({})).toMatchObject({ outcome: 'appended', version: 2 });
  });

  it('is refused where deciding throws, and nobody beside it is', async () => {
    const [store, stream, beside] = [open(), randomUUID(), randomUUID()];
    await store.append({ stream, expectedVersion: 'none', events: [fact()] });
    const results = await store.appendMany([
      {
        stream,
        expectedVersion: 'none',
        events: [fact()],
        overtaken: () => {
          throw new Error('no idea');
        },
      },
      { stream: beside, expectedVersion: 'none', events: [fact()] },
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'appended']);
  });
});

describe('a store that has not heard of another’s facts', () => {
  const appended = async (store: EventStore, stream: string): Promise<void> =>
    expect(await store.append({ stream, expectedVersion: 'any', events: [fact()] })).toMatchObject({
      outcome: 'appended',
    });

  it('refuses nothing on what it believes: the newer version is there, and so it goes through', async () => {
    const [store, other, stream] = [open(), open(), randomUUID()];
    await appended(store, stream);
    await appended(other, stream);
    const result = await store.append({ stream, expectedVersion: 2, events: [fact()] });
    expect(result).toMatchObject({ outcome: 'appended', version: 3 });
  });

  it('says the true version when it refuses', async () => {
    const [store, other, stream] = [open(), open(), randomUUID()];
    await appended(store, stream);
    await appended(other, stream);
    await appended(other, stream);
    const result = await store.append({ stream, expectedVersion: 2, events: [fact()] });
    expect(result).toMatchObject({ outcome: 'conflict', actualVersion: 3 });
  });

  it('sees that a stream which it takes for new is not, though the store’s head is what it left behind', async () => {
    const [store, other, stream] = [open(), open(), randomUUID()];
    await appended(other, stream);
    await appended(store, randomUUID());
    await appended(store, randomUUID());
    const result = await store.append({ stream, expectedVersion: 'none', events: [fact()] });
    expect(result).toMatchObject({ outcome: 'conflict', actualVersion: 1 });
    expect(await store.append({ stream, expectedVersion: 1, events: [fact()] })).toMatchObject({ version: 2 });
  });
});

describe('stores that append at the same time', () => {
  it('refuse nobody in a database whose transactions see what was there when they began', async () => {
    const old = await ownDatabase('repeatable');
    await old.sql(`do $$ begin execute format(
      'alter database %I set default_transaction_isolation = ''repeatable read''', current_database()); end $$`);
    const two = [0, 1].map(() => open({ connectionString: old.ordersUrl }));
    const holder = new Client({ connectionString: old.ownerUrl });
    await holder.connect();
    await holder.query('select pg_advisory_lock(8471, 1)');
    const answers = two.map((store) =>
      store.append({ stream: randomUUID(), expectedVersion: 'none', events: [fact()] }),
    );
    // Both wait for the lock: the second began before the first was kept.
    await eventually({ withinMs: 30_000 }, async () =>
      expect(
        await old.sql(`select from pg_locks join pg_database d on d.oid = database
          where locktype = 'advisory' and not granted and datname = current_database()`),
      ).toHaveLength(2),
    );
    await holder.end();
    expect((await Promise.all(answers)).map(({ outcome }) => outcome)).toEqual(['appended', 'appended']);
    await Promise.all(two.map((store) => store.close()));
    await old.drop();
  }, 60_000);

  it('leave positions without a hole, times that only grow, and whole chains', async () => {
    const three = [open(), open(), open()];
    const streams = Array.from({ length: 20 }, () => randomUUID());
    const before = (await three[0]!.head()).position;
    let appended = 0;
    await Promise.all(
      Array.from({ length: 60 }, async (_, writer) => {
        for (let round = 0; round < 15; round++) {
          const stream = streams[(writer * 7 + round) % streams.length]!;
          const events = Array.from({ length: 1 + (round % 3) }, () => fact({ writer, round }));
          const result = await three[writer % 3]!.append({ stream, expectedVersion: 'any', events });
          expect(result.outcome).toBe('appended');
          appended += events.length;
          if (round % 5 === 0) await sleep(1);
        }
      }),
    );
    const events = await everything(three[1]!);
    expect(events.length).toBe(before + appended);
    expect(whatIsWrongWith(events)).toEqual([]);
  }, 60_000);

  it('show every fact to a reader of the whole store, though writers sleep between their number and their commit', async () => {
    await database.sql(`
      create function public.dawdle() returns trigger language plpgsql as
        $$ begin perform pg_sleep(random() * 0.02); return null; end $$;
      create trigger dawdle after insert on orders.events for each statement execute function public.dawdle();`);
    const [writer, other, reader] = [open(), open(), open()];
    const start = (await reader.head()).position;
    let writing = true;
    const seen: StoredEvent[] = [];
    const reading = (async () => {
      let position = start;
      for (let last = false; ;) {
        const page = await reader.readAll({ afterPosition: position, limit: 7 });
        seen.push(...page);
        position = page.at(-1)?.position ?? position;
        if (page.length === 0 && last) return;
        last = !writing && page.length === 0;
      }
    })();
    const written = new Set<string>();
    await Promise.all(
      Array.from({ length: 30 }, async (_, client) => {
        for (let round = 0; round < 5; round++) {
          const result = await [writer, other][client % 2]!.append({
            stream: `late-${client}`,
            expectedVersion: 'any',
            events: [fact(), fact()],
          });
          if (result.outcome === 'appended') for (const { eventId } of result.events) written.add(eventId);
        }
      }),
    );
    writing = false;
    await reading;
    await database.sql('drop trigger dawdle on orders.events');
    expect(seen.map(({ position }) => position)).toEqual(seen.map((_, index) => start + 1 + index));
    expect(written.size).toBe(300);
    expect(new Set(seen.map(({ eventId }) => eventId))).toEqual(written);
  }, 60_000);
});
