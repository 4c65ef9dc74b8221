import pg from 'pg';

/** Connections of one command. @param name what they are called in `pg_stat_activity` @param max how many at most */
export function openPool(connectionString: string, { name, max }: { name: string; max: number }): pg.Pool {
  const pool = new pg.Pool({ connectionString, max, application_name: name });
  pool.on('error', () => undefined); // a lost connection fails the query that needs it
  return pool;
}
