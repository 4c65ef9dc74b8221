import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { formatInstant, now, type Instant } from '@orderlog/instant';
import { Client } from 'pg';
import { DamagedHead, EventStore, restoreEvents, type Append, type OutboxMessage } from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';
import { whatIsWrongWith } from './whole-store-check.js';

const day = 86_400_000_000;
let database: OwnDatabase;
const stores: EventStore[] = [];
/** A store of a process whose clock is so much ahead. */
const open = (ahead = 0): EventStore => {
  const clock = (): Instant => now() + ahead;
  const store = new EventStore({ connectionString: database.ordersUrl, clock });
  stores.push(store);
  return store;
};
beforeEach(async () => {
  database = await ownDatabase('damaged_head');
}, 60_000);
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await database?.drop();
});

const lit = (more: Partial<Append> = {}): Append => ({
  stream: randomUUID(),
  expectedVersion: 'any',
  events: [{ type: 'LampLit', schemaVersion: 1, data: {}, metadata: {}, occurredAt: now() }],
  ...more,
});
const message: OutboxMessage = {
  ...{
    topic: 'lamps.v1',
    key: 'lamp',
    partition: 0,
    aggregateId: 'lamp',
    type: 'LampLit',
    payload: Buffer.from('lit'),
  },
  ...{ headers: {}, timestamp: now(), position: null },
};

/** As a superuser can: past the trigger. @returns the time that was there */
async function write(time: string): Promise<string> {
  const last = 'position = (select max(position) from orders.events)';
  const [was] = await database.sql<{ recorded_at: string }>(
    `select recorded_at::text from orders.events where ${last}`,
  );
  await database.sql('alter table orders.events disable trigger all');
  await database.sql(`update orders.events set recorded_at = $1 where ${last}`, [time]);
  await database.sql('alter table orders.events enable trigger all');
  return was!.recorded_at;
}

const inAYear = formatInstant(now() + 366 * day);
const untrue = [
  ['infinity', 'infinity'],
  ['-infinity', '-infinity'],
  ['294276-12-31T00:00:00Z', '294276-12-31T00:00:00.000000Z'],
  ['9000-01-01T00:00:00Z', '9000-01-01T00:00:00.000000Z'],
  [inAYear, inAYear],
];

describe.each(untrue)('a last fact that somebody made be recorded at %s', (time, asSaid) => {
  const refused = expect.objectContaining({
    name: 'DamagedHead',
    position: 3,
    time: asSaid,
    message: expect.stringMatching(/^the last fact, at position 3, says that it was recorded at .* cannot be true/),
  });

  it('keeps all appends out, whoever knows the store already, until it is put right; then they go on', async () => {
    const [hopeful, fresh] = [open(), open()];
    for (let count = 0; count < 3; count++) await hopeful.append(lit());
    const was = await write(time);
    const command = { scope: 'POST /lamps', key: randomUUID(), requestHash: Buffer.from('hash'), status: 201 };
    for (const store of [hopeful, fresh]) {
      await expect(store.append(lit())).rejects.toEqual(refused);
      await expect(store.append(lit({ command }))).rejects.toEqual(refused);
      await expect(store.appendMany([lit(), lit()])).rejects.toEqual(refused);
      await expect(store.appendTogether([lit(), lit()])).rejects.toEqual(refused);
      await expect(store.append(lit({ overtaken: () => undefined }))).rejects.toEqual(refused);
      const many = await Promise.allSettled(Array.from({ length: 100 }, () => store.append(lit())));
      expect(many).toEqual(many.map(() => ({ status: 'rejected', reason: refused })));
    }
    expect((await fresh.head()).position).toBe(3);

    await write(was);
    for (const store of [hopeful, fresh, hopeful])
      expect(await store.append(lit({ command: { ...command, key: randomUUID() } }))).toMatchObject({
        outcome: 'appended',
      });
    expect(await hopeful.append(lit({ command }))).toMatchObject({ outcome: 'appended' });
    const facts = await fresh.readAll({ afterPosition: 0, limit: 100 });
    expect(facts.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(whatIsWrongWith(facts)).toEqual([]);
    expect(facts.at(-1)!.recordedAt).toBeLessThan(now() + 1_000_000);
  }, 60_000);
});

it.each([
  ['infinity', 'infinity'],
  ['-infinity', '-infinity'],
  ['294276-12-31T00:00:00Z', '294276-12-31T00:00:00.000000Z'],
])('%s is also what messages, instants and facts that come back hear of', async (time, asSaid) => {
  const store = open();
  await store.append(lit({ stream: 'lamp' }));
  const [fact] = await store.read('lamp');
  const was = await write(time);
  const refused = { name: 'DamagedHead', position: 1, time: asSaid };
  const client = new Client({ connectionString: database.ordersUrl });
  await client.connect();
  try {
    await expect(store.enqueue([message])).rejects.toMatchObject(refused);
    if (time !== '-infinity') await expect(store.settle(now() - 1)).rejects.toMatchObject(refused);
    await expect(restoreEvents(client, [{ ...fact!, position: 2 }])).rejects.toMatchObject(refused);
    expect(await store.head()).toMatchObject({ position: 1, recordedAt: null });
    await expect(store.read('lamp')).rejects.toMatchObject({ name: 'DamagedFact', version: 1 });

    await write(was);
    await store.enqueue([message]);
    await store.settle(now() - 1);
    await expect(restoreEvents(client, [fact!])).rejects.toMatchObject({ name: 'DoesNotFollow' });
  } finally {
    await client.end();
  }
});

it.each(['infinity', inAYear])('an instant %s up to which all is settled is said to be that', async (time) => {
  const store = open();
  await store.append(lit());
  await database.sql('update orders.settled set until = $1', [time]);
  await expect(store.append(lit())).rejects.toMatchObject({ name: 'DamagedHead', position: null, time });
  await expect(store.append(lit())).rejects.toThrow(DamagedHead);
  await expect(store.append(lit())).rejects.toThrow(/by orders\.settled/);
  await database.sql(`update orders.settled set until = 'epoch'`);
  expect(await store.append(lit())).toMatchObject({ outcome: 'appended' });
});

it('a clock that was set back by less than a day goes on behind the last fact', async () => {
  const result = await open(day - 60_000_000).append(lit());
  const last = result.outcome === 'appended' ? result.events[0]!.recordedAt : NaN;
  for (const store of [open(), open()]) expect(await store.append(lit())).toMatchObject({ outcome: 'appended' });
  const facts = await open().readAll({ afterPosition: 0, limit: 10 });
  expect(facts.map(({ recordedAt }) => recordedAt)).toEqual([last, last + 1, last + 2]);
});
