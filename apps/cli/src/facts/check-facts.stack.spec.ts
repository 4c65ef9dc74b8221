import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EventStore } from '@orderlog/event-store';
import { createDatabase, type TestDatabase } from '@orderlog/local-stack';
import { migrate } from '../migrating/migrate.js';
import { checkFacts } from './check-facts.js';

const signal = new AbortController().signal;
let database: TestDatabase;
let store: EventStore;
beforeAll(async () => {
  database = await createDatabase();
  await migrate({ connectionString: database.connectionString, env: {}, waitMs: 60_000, signal, say: () => undefined });
  store = new EventStore({ connectionString: database.as('orders') });
}, 60_000);
afterAll(async () => {
  await store.close();
  await database.drop();
}, 60_000);

const append = (type: string, schemaVersion: number) =>
  store.append({
    ...{ stream: 'o-1', expectedVersion: 'any' },
    events: [{ type, schemaVersion, data: {}, metadata: {}, occurredAt: 0 }],
  });
const check = (all = false) =>
  checkFacts({ connectionString: database.as('verify'), all, signal, onProgress: () => undefined });
const lookedUpTo = async (position: number): Promise<void> => {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  await client.query('update orders.fact_shapes_seen set up_to = $1', [position]);
  await client.end();
};

describe('whether this release can read every fact', () => {
  it('is so in an empty store, and with every version that was released', async () => {
    expect(await check()).toEqual({ shapes: [], unreadable: [], upTo: 0 });
    await append('OrderPlaced', 1);
    await append('OrderPlaced', 2);
    await append('OrderPlaced', 1);
    expect(await check()).toMatchObject({
      ...{ unreadable: [], upTo: 3 },
      shapes: [
        { schemaVersion: 1, firstPosition: 1 },
        { schemaVersion: 2, firstPosition: 2 },
      ],
    });
  });

  it('is not so with a fact of a newer one: which, and where the first of them is', async () => {
    await append('OrderPlaced', 99);
    await append('OrderPainted', 1);
    await append('OrderPainted', 1);
    expect((await check()).unreadable.map(({ says }) => says)).toEqual([
      'OrderPlaced in version 99, first at position 4 (it is read up to 2)',
      'OrderPainted in version 1, first at position 5 (the type is not known)',
    ]);
  });

  it('is asked of the facts that nobody has looked at, or of all', async () => {
    await lookedUpTo(4);
    expect((await check()).unreadable.map(({ firstPosition }) => firstPosition)).toEqual([5]);
    expect((await check(true)).unreadable.map(({ firstPosition }) => firstPosition)).toEqual([4, 5]);
  });
});
