import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { ownName, stackAddresses } from './stack.js';

export interface TestDatabase {
  name: string;
  /** As the superuser, who owns it. */
  connectionString: string;
  /** As another role; its password is its name. */
  as(role: string): string;
  /** Closes whatever is still connected to it. */
  drop(): Promise<void>;
}

/** Makes an empty database on the stack of this test, or on a server of its own. */
export async function createDatabase(admin = stackAddresses().DATABASE_URL): Promise<TestDatabase> {
  const name = `test_${ownName()}`;
  await asAdmin(admin, (client) => client.query(`create database ${pg.escapeIdentifier(name)}`));
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    name,
    connectionString: url.href,
    as: (role) => {
      const its = new URL(url);
      its.username = role;
      its.password = role;
      return its.href;
    },
    drop: async () => {
      await asAdmin(admin, async (client) => {
        await untilLeft(client, name);
        await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
      });
    },
  };
}

/** Gives who has just said goodbye the time to go: a pool whose connection is ended for it then takes that for a fault. */
async function untilLeft(admin: pg.Client, database: string): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const { rowCount } = await admin.query('select from pg_stat_activity where datname = $1', [database]);
    if (rowCount === 0) return;
    await sleep(50);
  }
}

/** Where `orderlog migrate` lists what has run of each part: the services look there too. */
const lists: Record<string, { migrationsSchema: string; migrationsTable: string }> = {
  'event-store': { migrationsSchema: 'orders', migrationsTable: 'migrations' },
  'order-service': { migrationsSchema: 'orders', migrationsTable: 'service_migrations' },
  'outbox-relay': { migrationsSchema: 'relay', migrationsTable: 'migrations' },
  'revenue-projection': { migrationsSchema: 'revenue', migrationsTable: 'migrations' },
  'audit-projection': { migrationsSchema: 'audit', migrationsTable: 'migrations' },
};

/**
 * Runs the migrations of these directories (plain SQL files, in the order given), each with a list of its own of what
 * has run. Roles belong to the whole server, so tests that migrate at the same time take turns.
 */
export async function migrate(connectionString: string, directories: readonly string[]): Promise<void> {
  await asAdmin(stackAddresses().DATABASE_URL, async (client) => {
    await client.query('select pg_advisory_lock($1)', [migratesRoles]);
    for (const directory of directories) {
      if (!existsSync(directory)) throw new Error(`There are no migrations in ${directory}.`);
      await runner({
        databaseUrl: connectionString,
        dir: directory,
        direction: 'up',
        schema: 'public',
        createMigrationsSchema: true,
        ...(lists[basename(dirname(directory))] ?? { migrationsTable: 'migrations' }),
        log: () => undefined,
      });
    }
  });
}

/** The advisory lock, on the server's database of all tests, that migrations take turns by. */
const migratesRoles = 7_432_001;

async function asAdmin(connectionString: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
