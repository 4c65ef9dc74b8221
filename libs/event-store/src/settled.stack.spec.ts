import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { now, type Instant } from '@orderlog/instant';
import { Client } from 'pg';
import { EventStore, type Append } from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';
import { whatIsWrongWith } from './whole-store-check.js';

let database: OwnDatabase;
const stores: EventStore[] = [];
/** A store of another process, on a machine whose clock is so much ahead. */
const open = (aheadMs = 0): EventStore => {
  const clock = (): Instant => now() + aheadMs * 1_000;
  const store = new EventStore({ connectionString: database.ordersUrl, appendTimeoutMs: 30_000, clock });
  stores.push(store);
  return store;
};
beforeAll(async () => {
  database = await ownDatabase('settled');
}, 60_000);
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});
afterAll(() => database?.drop());

const lit = (stream: string, more: Partial<Append> = {}): Append => ({
  stream,
  expectedVersion: 'any',
  events: [{ type: 'LampLit', schemaVersion: 1, data: {}, metadata: {}, occurredAt: now() }],
  ...more,
});
/** How many facts of a stream were known at an instant. */
const knownAt = async (store: EventStore, stream: string, instant: Instant): Promise<number> => {
  await store.settle(instant);
  return (await store.read(stream)).filter(({ recordedAt }) => recordedAt <= instant).length;
};

describe('what was known at an instant', () => {
  it('stays so, whichever process appends, however slow it is, and whatever its clock says', async () => {
    await database.sql(`
      create function public.dawdle() returns trigger language plpgsql as
        $$ begin perform pg_sleep(random() * 0.004); return null; end $$;
      create trigger dawdle after insert on orders.events for each statement execute function public.dawdle();`);
    const streams = Array.from({ length: 5 }, () => randomUUID());
    const writers = [-5_000, -60, -1, 0, 0, 40].map(open);
    const readers = [open(), open()];
    let writing = true;
    const writes = writers.map(async (store, writer) => {
      for (let round = 0; round < 60; round++) {
        await store.append(lit(streams[(writer + round) % streams.length]!));
        if (Math.random() < 0.3) await sleep(5 * Math.random());
      }
    });
    const answers: { stream: string; instant: Instant; known: number }[] = [];
    const reads = readers.map(async (store) => {
      while (writing) {
        const stream = streams[Math.floor(Math.random() * streams.length)]!;
        const instant = now() - Math.floor(3_000 * Math.random()) - 1;
        answers.push({ stream, instant, known: await knownAt(store, stream, instant) });
      }
    });
    await Promise.all(writes);
    writing = false;
    await Promise.all(reads);
    await database.sql('drop trigger dawdle on orders.events');

    expect(answers.length).toBeGreaterThan(50);
    expect(new Set(answers.map(({ known }) => known)).size).toBeGreaterThan(10);
    const facts = await readers[0]!.readAll({ afterPosition: 0, limit: 10_000 });
    expect(facts.length).toBe(360);
    expect(whatIsWrongWith(facts)).toEqual([]);
    const knownNow = ({ stream, instant }: { stream: string; instant: Instant }): number =>
      facts.filter((fact) => fact.stream === stream && fact.recordedAt <= instant).length;
    expect(answers.map((answer) => ({ ...answer, known: knownNow(answer) }))).toEqual(answers);
  }, 60_000);

  it('also where nothing was known yet, and where a writer alone believes that it knows the last time', async () => {
    const fresh = await ownDatabase('settled_fresh');
    const clock = (): Instant => now() - 60_000_000;
    const store = new EventStore({ connectionString: fresh.ordersUrl, clock });
    for (let round = 0; round < 5; round++) {
      const instant = now() - 1;
      await store.settle(instant);
      const result = await store.append(lit('lamp'));
      expect(result.outcome === 'appended' && result.events[0]!.recordedAt).toBe(instant + 1);
    }
    expect(whatIsWrongWith(await store.read('lamp'))).toEqual([]);
    await store.close();
    await fresh.drop();
  }, 60_000);

  it('is asked without a lock where a later fact is known, or a later instant is settled', async () => {
    const [store, stream] = [open(), randomUUID()];
    await store.append(lit(stream));
    const { recordedAt } = (await store.head()) as { recordedAt: Instant };
    await store.settle(now() - 1);
    const blocker = new Client({ connectionString: database.ownerUrl });
    await blocker.connect();
    await blocker.query('begin; select pg_advisory_xact_lock(8471, 1)');
    await store.settle(recordedAt);
    await store.settle(recordedAt - 3_600_000_000);
    await store.settle(-1);
    await blocker.query('rollback');
    await blocker.end();
  });
});

describe('an instant that is not over', () => {
  it('is waited for: what is appended meanwhile belongs to it', async () => {
    const [store, writer] = [open(), open()];
    for (let meanwhile = false; !meanwhile;) {
      const stream = randomUUID();
      const instant = now() + 150_000;
      const known = knownAt(store, stream, instant);
      await writer.append(lit(stream));
      const [fact] = await writer.read(stream);
      meanwhile = fact!.recordedAt <= instant; // else it came too late, on a busy machine: another time
      expect(await known).toBe(meanwhile ? 1 : 0);
      expect(now()).toBeGreaterThanOrEqual(instant);
    }
  });

  it('for longer than a read may take is refused at once, and moves nobody’s clock', async () => {
    const [store, stream] = [open(), randomUUID()];
    const began = performance.now();
    await expect(store.settle(now() + 3_600_000_000)).rejects.toMatchObject({
      name: 'StoreUnavailable',
      outcome: 'not-written',
    });
    expect(performance.now() - began).toBeLessThan(8_000); // not only when the 10 s of a read are over
    await store.append(lit(stream));
    const [fact] = await store.read(stream);
    expect(fact!.recordedAt).toBeLessThan(now() + 1_000_000);
  });
});

it('a writer whose clock is behind goes through, though readers settle without a pause', async () => {
  const [writer, stream] = [open(-10_000), randomUUID()];
  let writing = true;
  const reads = [open(), open(), open()].map(async (reader) => {
    while (writing) await reader.settle(now() - 1);
  });
  for (let round = 0; round < 100; round++) await writer.append(lit(stream));
  writing = false;
  await Promise.all(reads);
  expect(await writer.read(stream)).toHaveLength(100);
}, 60_000);

it('the role that appends cannot take back what is settled', async () => {
  const client = new Client({ connectionString: database.ordersUrl });
  await client.connect();
  await expect(client.query("update orders.settled set until = 'epoch'")).rejects.toThrow('permission denied');
  await client.end();
});
