import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

/** Plain SQL, one file an object or two, in order; for node-pg-migrate. */
export const eventStoreMigrations = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * Brings the schema `orders` up to date: tables, functions, trigger, and the roles `orders` and `relay`, each with its name as
 * password where it is new. Run as the owner. Does nothing where nothing is to do; waits while another one migrates.
 */
export async function migrateEventStore(connectionString: string): Promise<void> {
  await runner({
    databaseUrl: connectionString,
    dir: eventStoreMigrations,
    direction: 'up',
    schema: 'public',
    migrationsSchema: 'orders',
    migrationsTable: 'migrations',
    createMigrationsSchema: true,
    advisoryLockMode: 'wait',
    log: () => {},
  });
}
