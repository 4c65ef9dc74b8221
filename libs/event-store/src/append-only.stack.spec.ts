import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import { Client } from 'pg';
import { EventStore } from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';

let database: OwnDatabase;
beforeAll(async () => {
  database = await ownDatabase('append_only');
  const store = new EventStore({ connectionString: database.ordersUrl });
  const fact = { type: 'LampLit', schemaVersion: 1, data: {}, metadata: {}, occurredAt: now() };
  await store.append({ stream: randomUUID(), expectedVersion: 'none', events: [fact, fact] });
  await store.close();
}, 60_000);
afterAll(() => database?.drop());

const changes = [
  'update orders.events set type = type',
  'delete from orders.events where false',
  'truncate orders.events',
  'truncate orders.events cascade',
  `insert into orders.events select * from orders.events limit 1 on conflict (position) do update set type = 'other'`,
  `merge into orders.events e using (select 1) as s on e.position = 1 when matched then delete`,
];

const attempt = async (url: string, ...statements: string[]): Promise<unknown> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await client.end();
  }
};

it.each([
  ['transaction_timeout', '10s'],
  ['idle_in_transaction_session_timeout', '3s'],
])('role orders has a %s of %s: nobody keeps the append lock for longer', async (setting, value) => {
  const client = new Client({ connectionString: database.ordersUrl });
  await client.connect();
  expect((await client.query(`show ${setting}`)).rows).toEqual([{ [setting]: value }]);
  await client.end();
});

describe('facts are append only', () => {
  it.each(changes)('for the superuser, by the trigger: %s', async (change) => {
    expect(await attempt(database.ownerUrl, change)).toMatchObject({ message: /append only/ });
  });

  it('for the superuser also where ordinary triggers are off', async () => {
    const error = await attempt(database.ownerUrl, 'set session_replication_role = replica', changes[0]!);
    expect(error).toMatchObject({ message: /append only/ });
  });

  it.each(changes)('for role orders, who has no such right: %s', async (change) => {
    expect(await attempt(database.ordersUrl, change)).toMatchObject({ code: '42501', message: /permission denied/ });
  });

  it.each([
    'alter table orders.events disable trigger all',
    'drop table orders.events',
    'delete from orders.commands',
    'select * from orders.outbox_children for update',
  ])('role orders cannot help itself to more: %s', async (statement) => {
    expect(await attempt(database.ordersUrl, statement)).toMatchObject({ code: '42501' });
  });

  it.each([
    'select * from orders.events',
    'insert into orders.outbox default values',
    'select orders.turn_command_days()',
  ])('role relay has the outbox and nothing else: %s', async (statement) => {
    expect(await attempt(database.relayUrl, statement)).toMatchObject({ code: '42501' });
  });

  it('nothing has changed after all that', async () => {
    expect(await database.sql('select position::int, type from orders.events order by 1')).toEqual([
      { position: 1, type: 'LampLit' },
      { position: 2, type: 'LampLit' },
    ]);
  });
});

it('a batch that others overtook hears how things stand, and the server’s log does not', async () => {
  const begun = `select orders.begin_batch(1, 1, '{}', '{}', '{}', '{}', '{}')`;
  const error = (await attempt(database.ordersUrl, begun)) as { code: string; detail: string };
  expect(error.code).toBe('OB409');
  expect(JSON.parse(error.detail)).toMatchObject({ head: 2, streams: null, commands: null });
  const rows = await database.sql(`select has_parameter_privilege('orders', 'log_min_messages', 'set') as may`);
  expect(rows).toEqual([{ may: true }]);
});
