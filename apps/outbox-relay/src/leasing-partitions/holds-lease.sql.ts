import type { Pool } from 'pg';
import type { TakenLease } from './take-free-partitions.sql.js';

/** Whether the lease is still held, by Postgres's clock and not by ours. */
export async function holdsLease(pool: Pool, { partition, token }: TakenLease): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from relay.leases where partition = $1 and token = $2 and until > clock_timestamp()`,
    [partition, token],
  );
  return rowCount === 1;
}
