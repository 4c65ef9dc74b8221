import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '@orderlog/local-stack';
import { migrate, type MigrateOptions } from './migrate.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
  await database.drop(); // only its name and its address: making it is the command's business
});
afterEach(() => database.drop());

const run = (more: Partial<MigrateOptions> = {}) =>
  migrate({
    connectionString: database.connectionString,
    env: {},
    waitMs: 60_000,
    signal: new AbortController().signal,
    say: () => undefined,
    ...more,
  });

async function ask<Row extends object>(connectionString: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
const files = (migrated: { ran: { files: string[] }[] }): number =>
  migrated.ran.reduce((sum, { files }) => sum + files.length, 0);

describe('migrate', () => {
  it('makes the database and all that belongs into it, and does nothing the second time', async () => {
    const first = await run();
    expect(first.databaseMade).toBe(true);
    expect(first.ran.find(({ part }) => part === 'event-store')!.files.length).toBeGreaterThan(0);
    const second = await run();
    expect({ databaseMade: second.databaseMade, files: files(second) }).toEqual({ databaseMade: false, files: 0 });
  }, 60_000);

  it('may run twice at the same time: each file runs once', async () => {
    const [one, other] = await Promise.all([run(), run()]);
    expect(Math.min(files(one), files(other))).toBe(0);
    expect([one.databaseMade, other.databaseMade].filter(Boolean)).toHaveLength(1);
  }, 60_000);

  it('gives the role verify all to read, and nothing to change', async () => {
    await run();
    const verify = database.as('verify');
    expect(await ask(verify, 'select count(*)::int as facts from orders.events')).toEqual([{ facts: 0 }]);
    await expect(ask(verify, 'delete from orders.outbox')).rejects.toThrow(/permission denied|read-only/);
    const unreadable = await ask(
      database.connectionString,
      `select schemaname || '.' || tablename as name from pg_tables
        where schemaname in ('orders', 'relay', 'revenue', 'audit')
          and not has_table_privilege('verify', quote_ident(schemaname) || '.' || quote_ident(tablename), 'select')`,
    );
    expect(unreadable).toEqual([]);
  }, 60_000);

  it('refuses an address that would give another role the password', async () => {
    await expect(run({ env: { RELAY_DATABASE_URL: 'postgres://orders:x@127.0.0.1/orderlog' } })).rejects.toThrow(
      'RELAY_DATABASE_URL names another role than relay',
    );
  }, 60_000);

  it('says that Postgres does not answer, and gives up in time', async () => {
    const said: string[] = [];
    const nobody = new URL(database.connectionString);
    nobody.port = '1';
    const waiting = run({ connectionString: nobody.href, waitMs: 600, say: (text) => said.push(text) });
    await expect(waiting).rejects.toThrow(/ECONNREFUSED/);
    expect(said).toEqual(['Postgres does not answer yet; waiting up to 1 s']);
  });
});
