import pg from 'pg';

/** Somebody who takes a connection and never answers is no Postgres. */
export const connectWithinMs = 10_000;

/** The limit as an option of the pool would also end those who wait for one of its connections. */
class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: connectWithinMs });
  }
}

/**
 * Connections of one command.
 * @param about `name`: what they are called in `pg_stat_activity`; `max`: how many at most; `options`: settings of each, as
 *   `-c name=value`, before which those of role and database stand back
 */
export function openPool(connectionString: string, about: { name: string; max: number; options?: string }): pg.Pool {
  const { name, ...settings } = about;
  const pool = new pg.Pool({ connectionString, application_name: name, Client, ...settings });
  pool.on('error', () => undefined); // a lost connection fails the query that needs it
  return pool;
}
