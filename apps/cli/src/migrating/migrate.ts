import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { home } from '../home.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { letVerifyRead } from './let-verify-read.sql.js';

/**
 * The parts that keep something in Postgres, in the order in which they are migrated: a later one may lean on an earlier
 * one's schema. Each has plain SQL files and a list of its own of what has run.
 */
const parts = [
  { name: 'event-store', directory: 'libs/event-store/migrations', schema: 'orders', table: 'migrations' },
  { name: 'order-service', directory: 'apps/order-service/migrations', schema: 'orders', table: 'service_migrations' },
  { name: 'outbox-relay', directory: 'apps/outbox-relay/migrations', schema: 'relay', table: 'migrations' },
  {
    name: 'revenue-projection',
    directory: 'apps/revenue-projection/migrations',
    schema: 'revenue',
    table: 'migrations',
  },
  { name: 'audit-projection', directory: 'apps/audit-projection/migrations', schema: 'audit', table: 'migrations' },
] as const;

/** Which environment name holds a role's address, and with it the password that the role gets. */
const roleUrls = {
  orders: 'ORDERS_DATABASE_URL',
  relay: 'RELAY_DATABASE_URL',
  revenue: 'REVENUE_DATABASE_URL',
  audit: 'AUDIT_DATABASE_URL',
  verify: 'VERIFY_DATABASE_URL',
} as const;

export interface Migrated {
  databaseMade: boolean;
  /** Names of the files that ran now, by part. */
  ran: { part: string; files: string[] }[];
  passwordsSet: string[];
}

export interface MigrateOptions {
  /** Of the owner, who may make databases and roles. */
  connectionString: string;
  env: NodeJS.ProcessEnv;
  /** How long to wait for Postgres to be there, and for another migration to end. */
  waitMs: number;
  signal: AbortSignal;
  say: (text: string) => void;
}

/**
 * Brings the database up to date: makes it where it is absent, runs what has not run yet, sets the roles' passwords as far
 * as the environment names them. Twice is once; two at the same time take turns, by an advisory lock.
 * @throws CommandFailed where a part's migrations are missing or Postgres does not answer in time
 */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  for (const { name, directory } of parts) {
    if (!existsSync(join(home, directory, '..'))) {
      throw new CommandFailed(
        `there is no ${name} at ${dirname(directory)}`,
        'Migrations are part of the repository, and in an image are copied beside the programs.',
      );
    }
  }
  const databaseMade = await ensureDatabase(options);
  const client = await connected(options, options.connectionString);
  try {
    await takeTurn(client, options);
    const ran: Migrated['ran'] = [];
    for (const { name, directory, schema, table } of parts) {
      options.signal.throwIfAborted();
      if (!existsSync(join(home, directory))) continue; // a part that keeps nothing of its own
      const files = await runner({
        databaseUrl: options.connectionString,
        dir: join(home, directory),
        direction: 'up',
        schema: 'public',
        migrationsSchema: schema,
        migrationsTable: table,
        createMigrationsSchema: true,
        advisoryLockMode: 'wait',
        log: () => undefined,
      });
      ran.push({ part: name, files: files.map((file) => file.name) });
    }
    await letVerifyRead(client);
    return { databaseMade, ran, passwordsSet: await setPasswords(client, options.env) };
  } finally {
    await client.end();
  }
}

/** @returns whether it had to be made */
async function ensureDatabase(options: MigrateOptions): Promise<boolean> {
  try {
    await (await connected(options, options.connectionString)).end();
    return false;
  } catch (error) {
    if ((error as { code?: string }).code !== '3D000') throw error;
  }
  const server = new URL(options.connectionString);
  const name = decodeURIComponent(server.pathname.slice(1));
  server.pathname = '/postgres';
  const client = await connected(options, server.href);
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`);
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === '42P04' || code === '23505') return false; // somebody else has made it in this moment
    throw error;
  } finally {
    await client.end();
  }
}

/** Connects; waits for a server that is starting. @throws what Postgres said, once `waitMs` are over or waiting is no use */
async function connected(options: MigrateOptions, connectionString: string): Promise<pg.Client> {
  const until = Date.now() + options.waitMs;
  for (let said = false; ;) {
    options.signal.throwIfAborted();
    const client = new pg.Client({
      connectionString,
      connectionTimeoutMillis: 5_000,
      application_name: 'orderlog migrate',
    });
    client.on('error', () => undefined); // a connection that dies between two queries fails the next one
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      const code = (error as { code?: string }).code ?? '';
      const starting = code === '57P03' || !/^[0-9A-Z]{5}$/.test(code); // cannot connect now, or no answer of a server at all
      if (!starting || Date.now() >= until) throw error;
      if (!said) options.say(`Postgres does not answer yet; waiting up to ${Math.round(options.waitMs / 1000)} s`);
      said = true;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Held by whoever migrates this database, until its session ends. */
const migrating = 7_432_002;

async function takeTurn(client: pg.Client, options: MigrateOptions): Promise<void> {
  const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [migrating]);
  if (rows[0]!.free) return;
  options.say('another migration is under way; waiting for it to end');
  await client.query(`set lock_timeout = ${Math.max(1, Math.round(options.waitMs))}`);
  try {
    await client.query('select pg_advisory_lock($1)', [migrating]);
  } catch (cause) {
    throw new CommandFailed(
      'another migration of this database has not ended',
      'Look for it in pg_stat_activity (application_name "orderlog migrate"), and run this again.',
      { cause },
    );
  } finally {
    await client.query('set lock_timeout = 0').catch(() => undefined);
  }
}

async function setPasswords(client: pg.Client, env: NodeJS.ProcessEnv): Promise<string[]> {
  const set: string[] = [];
  for (const [role, name] of Object.entries(roleUrls)) {
    const text = env[name];
    if (!text) continue;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (decodeURIComponent(url?.username ?? '') !== role) {
      throw new CommandFailed(
        `${name} names another role than ${role}`,
        `Its form is postgres://${role}:PASSWORD@HOST:PORT/DATABASE.`,
      );
    }
    const password = decodeURIComponent(url!.password);
    if (password === '') continue; // the server may let the role in by other means
    await client.query(`alter role ${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`);
    set.push(role);
  }
  return set;
}
