import pg from 'pg';

/** A connection, or a transaction on it. Every value comes back as text, or null. */
export interface Queryable {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, string | null>[] }>;
}

export type Transaction = pg.PoolClient;

/**
 * The projection's own pool. Values stay texts: rows are compared, not calculated with. Lookups by key go through the
 * key, whatever the planner makes of 5,000 keys and of a table that was empty when it last looked.
 * A process that is paused inside a transaction loses it after 15 s, so that whoever has its partition now can write.
 */
export function openDatabase(connectionString: string, name: string, connections: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: name,
    max: connections,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 60_000,
    query_timeout: 65_000,
    lock_timeout: 20_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
    options: '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off',
    types: { getTypeParser: () => (value: string) => value },
  });
  // An idle connection that breaks is replaced at the next use; whoever needs it then hears of it.
  pool.on('error', () => undefined);
  return pool;
}

/** Runs `work` in a transaction on one connection; a connection on which anything failed is not used again. */
export async function transaction<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks between two statements says so by an event as well, which nobody else listens to.
  const broken = (): undefined => undefined;
  client.on('error', broken);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.off('error', broken);
    client.release();
    return result;
  } catch (error) {
    const healthy = await client.query('rollback').then(
      () => true,
      () => false,
    );
    client.off('error', broken);
    client.release(!healthy);
    throw error;
  }
}
