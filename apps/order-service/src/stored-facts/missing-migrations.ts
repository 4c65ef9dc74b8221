import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventStoreMigrations } from '@orderlog/event-store';
import type { Pool } from 'pg';

/** src/ and dist/ lie equally deep below the app. */
const serviceMigrations = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Whose tables this service works with, and where `orderlog migrate` lists what has run. */
const parts = [
  { name: 'event-store', directory: eventStoreMigrations, list: 'orders.migrations' },
  { name: 'order-service', directory: serviceMigrations, list: 'orders.service_migrations' },
] as const;

/** Since this one we may read the lists; where we may not, it has not run. */
const letsUsRead = '0006_stored_shapes';

/**
 * The migrations of this release that the database has not run, e.g. `order-service 0006_stored_shapes`. That it has run
 * others, of a newer release, is no matter.
 */
export async function missingMigrations(pool: Pool): Promise<string[]> {
  const missing: string[] = [];
  for (const { name, directory, list } of parts) {
    const ours = readdirSync(directory)
      .filter((file) => file.endsWith('.sql'))
      .map((file) => file.slice(0, -'.sql'.length))
      .sort();
    const ran = await namesIn(pool, list);
    const lacking = ran
      ? ours.filter((migration) => !ran.has(migration))
      : ours.filter((migration) => name === 'order-service' && migration >= letsUsRead);
    missing.push(...lacking.map((migration) => `${name} ${migration}`));
  }
  return missing;
}

/** @returns undefined where there is no such list, or none that we may read */
async function namesIn(pool: Pool, list: string): Promise<Set<string> | undefined> {
  const { rows } = await pool.query<{ readable: boolean | null }>(
    `select has_table_privilege(to_regclass($1), 'select') as readable`,
    [list],
  );
  if (!rows[0]?.readable) return undefined;
  const ran = await pool.query<{ name: string }>(`select name from ${list}`);
  return new Set(ran.rows.map(({ name }) => name));
}
