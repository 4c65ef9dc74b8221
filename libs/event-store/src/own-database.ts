import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrateEventStore } from './migrate-event-store.js';

/** A database for one test file, migrated, beside all others: two ways in, and the way out. */
export interface OwnDatabase {
  /** The superuser's. */
  ownerUrl: string;
  /** As role `orders`: what an EventStore gets. */
  ordersUrl: string;
  relayUrl: string;
  /** One statement as the superuser. */
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/**
 * @param server where: the one of all tests, or another
 * @throws where the environment names no DATABASE_URL: these tests run on a real Postgres or not at all.
 */
export async function ownDatabase(name: string, server = process.env.DATABASE_URL): Promise<OwnDatabase> {
  if (!server) throw new Error('DATABASE_URL names the Postgres to test on; there is none');
  const database = `test_${name}_${randomBytes(4).toString('hex')}`;
  const once = async <Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => {}); // the query's own error says it
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const url = (user?: string): string => {
    const made = new URL(server);
    made.pathname = `/${database}`;
    if (user) made.username = made.password = user;
    return made.href;
  };
  await once(server, `create database ${database}`);
  await migrateEventStore(url());
  return {
    ownerUrl: url(),
    ordersUrl: url('orders'),
    relayUrl: url('relay'),
    sql: (text, values) => once(url(), text, values),
    drop: async () => void (await once(server, `drop database ${database} with (force)`)),
  };
}
