import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventStore, type NewEvent } from '@orderlog/event-store';
import { createDatabase, migrate, repository, topicPrefix, type TestDatabase } from '@orderlog/local-stack';
import { ReadPool } from '../orders/read-pool.js';
import { log } from '../signals.js';
import { rowsOf } from '../test-kit/rows.js';
import { registerSchemas, startOn } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';
import { StoreFitsRelease } from './store-fits-release.js';

let database: TestDatabase;
let prefix: string;
let store: EventStore;
beforeEach(async () => {
  database = await createDatabase();
  prefix = topicPrefix();
  await migrate(database.connectionString, [
    join(repository, 'libs/event-store/migrations'),
    join(repository, 'apps/order-service/migrations'),
  ]);
  await registerSchemas(prefix);
  store = new EventStore({ connectionString: database.as('orders') });
}, 60_000);
afterEach(async () => {
  await store.close();
  await database.drop();
}, 60_000);

const sql = (text: string, values: unknown[] = []) => rowsOf(database.connectionString, text, values);
const lookedUpTo = async () => Number((await sql('select up_to from orders.fact_shapes_seen'))[0]!['up_to']);

const data = { customerId: 'c-1', currency: 'GBP', lines: [], total: 0 };
const fact = (more: Partial<NewEvent> = {}): NewEvent => ({
  ...{ type: 'OrderPlaced', schemaVersion: 1, data, metadata: {}, occurredAt: 1_700_000_000_000_000 },
  ...more,
});
const append = (stream: string, ...events: NewEvent[]) => store.append({ stream, expectedVersion: 'any', events });

describe('a store whose facts are of a newer release', () => {
  it.each([
    ['a version of the future', fact({ schemaVersion: 99 }), /OrderPlaced in version 99, first at position 3 \(it is/],
    [
      'a type of the future',
      fact({ type: 'OrderPainted' }),
      /OrderPainted in version 1, first at position 3 \(the type/,
    ],
    ['a version that is none', fact({ schemaVersion: 0 }), /OrderPlaced in version 0, .*no release has written this/],
  ])(
    'stops the start: %s',
    async (_, newer, says) => {
      await append('old', fact());
      await append('new', fact({ schemaVersion: 2, data: { ...data, channel: 'api' } }), newer, newer);
      const starting = startOn(database, prefix);
      await expect(starting).rejects.toThrow(says);
      await expect(starting).rejects.toThrow(/deploy the one that wrote them, or newer/);
    },
    60_000,
  );

  it('starts where every version has a way to today’s, and keeps what it has looked at', async () => {
    await append('old', fact());
    await append('new', fact({ schemaVersion: 2, data: { ...data, channel: 'api' } }));
    await (await startOn(database, prefix)).stop();
    expect(await lookedUpTo()).toBe(2);
    expect(await sql('select type, schema_version, first_position::int from orders.fact_shapes order by 2')).toEqual([
      { type: 'OrderPlaced', schema_version: 1, first_position: 1 },
      { type: 'OrderPlaced', schema_version: 2, first_position: 2 },
    ]);
  }, 60_000);

  it('does not start on a fact that was changed by hand, and starts once it is as it was', async () => {
    await append('old', fact());
    await (await startOn(database, prefix)).stop();
    const changeTo = (version: number) =>
      sql(`alter table orders.events disable trigger all; update orders.events set schema_version = ${version};
           alter table orders.events enable trigger all`);
    await changeTo(99);
    await expect(startOn(database, prefix)).rejects.toThrow(/version 99, first at position 1/);
    await changeTo(1);
    await (await startOn(database, prefix)).stop();
  }, 60_000);

  it('looks only at newer facts where there are too many to look at all of them', async () => {
    const pool = new ReadPool({ connectionString: database.as('orders'), size: 2, timeoutMs: 5_000 });
    const start = async () => {
      const release = new StoreFitsRelease(store, pool, { mostLookedAtWhole: 1 });
      await release.start().finally(() => release.stop());
    };
    await append('new', fact(), fact(), fact({ schemaVersion: 99 }));
    await sql('update orders.fact_shapes_seen set up_to = 3');
    await start(); // had it looked at all of them, version 99 would have stopped it
    await append('newer', fact({ schemaVersion: 98 }));
    await expect(start()).rejects.toThrow(/version 98, first at position 4/);
    await pool.end();
  }, 60_000);

  it('was filled by the migration, where there were facts before it', async () => {
    await append('old', fact(), fact({ type: 'OrderCancelled', data: { currency: 'GBP', total: 0 } }));
    await sql('drop table orders.fact_shapes, orders.fact_shapes_seen');
    await sql(`delete from orders.service_migrations where name = '0006_stored_shapes'`);
    await migrate(database.connectionString, [join(repository, 'apps/order-service/migrations')]);
    expect(await lookedUpTo()).toBe(2);
    expect(await sql('select type from orders.fact_shapes order by type')).toEqual([
      { type: 'OrderCancelled' },
      { type: 'OrderPlaced' },
    ]);
  }, 60_000);
});

describe('a newer release that begins to write beside this one', () => {
  it('has its facts refused, with what to do, and everything else goes on', async () => {
    const service = await startOn(database, prefix);
    const { call, placed, discount, capture, read, history } = telling(() => service);
    const other = await placed(100);
    const id = await placed(100);
    await append(id, fact({ type: 'DiscountApplied', schemaVersion: 99 }));
    const heard = log.heard('orders.newer-fact', { withinMs: 30_000 });
    const answers = [
      await read(id),
      await history(id),
      await capture(id, 'p-1', 10),
      await discount(id, 'X', 10),
      await call('GET', `/orders/${id}/dossier`),
      await call('GET', '/orders'),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 503,
        body: {
          type: problemType('fact-from-newer-release'),
          detail: expect.stringMatching(/DiscountApplied is stored in version 99.*deploy that one, or newer/),
        },
      });
    }
    expect(await heard).toMatchObject({ reason: expect.stringContaining('version 99') });
    expect(await read(id, '?version=1')).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await capture(other, 'p-1', 10)).toMatchObject({ status: 201 });
    expect(await call('GET', '/health/ready')).toMatchObject({ status: 200 });
    await service.stop();
  }, 60_000);

  it('is noticed, once a shape', async () => {
    const pool = new ReadPool({ connectionString: database.as('orders'), size: 1, timeoutMs: 5_000 });
    const fits = new StoreFitsRelease(store, pool, { lookEveryMs: 10 });
    await fits.start();
    const said: unknown[] = [];
    const silence = log.listen((name, fields) => void (name === 'facts.from-newer-release' && said.push(fields)));
    const heard = log.heard('facts.from-newer-release', { withinMs: 30_000, where: ({ type }) => type === 'B' });
    await append('a', fact({ type: 'A' }), fact({ type: 'A' }));
    await append('b', fact({ type: 'B', schemaVersion: 7 }));
    await heard;
    fits.stop();
    silence();
    expect(said).toEqual([
      { type: 'A', schemaVersion: 1, position: 1 },
      { type: 'B', schemaVersion: 7, position: 3 },
    ]);
    expect(() => fits.pass()).not.toThrow();
    await pool.end();
  }, 60_000);
});

describe('a database that has not been migrated', () => {
  it.each([
    ['orders.migrations', '0006_append', 'event-store 0006_append'],
    ['orders.service_migrations', '0006_stored_shapes', 'order-service 0006_stored_shapes'],
  ])('stops the start, naming what is missing and the remedy: %s', async (list, name, missing) => {
    await sql(`delete from ${list} where name = $1`, [name]);
    const starting = startOn(database, prefix);
    await expect(starting).rejects.toThrow(
      new RegExp(`lacks what this release needs: ${missing}\\. Run .orderlog migrate`),
    );
  });

  it('stops it also where it is of a release that let nobody read what has run', async () => {
    await sql('revoke select on orders.service_migrations from orders');
    await expect(startOn(database, prefix)).rejects.toThrow(/order-service 0006_stored_shapes/);
  });

  it('that is newer than the release is no matter', async () => {
    await sql(`insert into orders.migrations (name, run_on) values ('9999_of_the_future', now())`);
    await (await startOn(database, prefix)).stop();
  });
});

it('takes no command while Postgres cannot be asked, and says why it is not ready', async () => {
  const nobody = new URL(database.as('orders'));
  nobody.port = '1';
  const pool = new ReadPool({ connectionString: nobody.href, size: 1, timeoutMs: 1_000 });
  const fits = new StoreFitsRelease(store, pool, { askEveryMs: 10 });
  await fits.start();
  expect(() => fits.pass()).toThrow();
  expect(() => fits.check()).toThrow(/whether this release fits the store is not known/);
  fits.stop();
  await pool.end();
});
