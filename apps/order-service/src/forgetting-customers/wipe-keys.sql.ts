import pg, { type Pool } from 'pg';

/** Others that use the table wait behind us for no longer than this. */
const lockTimeoutMs = 1_000;
const vacuumLimitMs = 300_000;

/**
 * Writes the table’s file anew without the rows’ earlier versions, which still hold the keys that were destroyed.
 * A plain VACUUM would not do: it gives their space away, and their bytes stay on the page until something is written there.
 * @returns how many of them had to stay: an older transaction may still see them
 * @throws where the table could not be had in time, or Postgres is away
 */
export async function rewriteKeys(connectionString: string): Promise<number> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 5_000,
    query_timeout: vacuumLimitMs,
    statement_timeout: vacuumLimitMs,
    lock_timeout: lockTimeoutMs,
    application_name: 'orderlog forget',
  });
  client.on('error', () => undefined); // a connection that dies between two statements fails the next one
  let stayed: number | undefined;
  client.on('notice', ({ detail }) => {
    // INFO: "orders.customer_keys": found … DETAIL: 0 dead row versions cannot be removed yet. Or its translation.
    const count = /^\D*(\d+)/.exec(detail ?? '')?.[1];
    if (count !== undefined) stayed = Number(count);
  });
  await client.connect();
  try {
    await client.query('set transaction_timeout = 0'); // the role's is 10 s
    await client.query('vacuum (full, verbose) orders.customer_keys');
  } finally {
    await client.end().catch(() => undefined);
  }
  if (stayed === undefined) throw new Error('VACUUM did not say how many row versions it had to keep');
  return stayed;
}

/** Destroyed keys of which the table’s file may still hold earlier versions. */
export async function unwipedKeys(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ key_id: string }>({
    name: 'unwiped-customer-keys',
    text: 'select key_id from orders.customer_keys where destroyed_at is not null and wiped_at is null',
  });
  return rows.map((row) => row.key_id);
}

export async function markWiped(pool: Pool, keyIds: readonly string[]): Promise<void> {
  await pool.query({
    name: 'mark-customer-keys-wiped',
    text: 'update orders.customer_keys set wiped_at = now() where key_id = any ($1::uuid[]) and wiped_at is null',
    values: [keyIds],
  });
}
