import type { Pool } from 'pg';
import type { TakenLease } from './take-free-partitions.sql.js';

/**
 * Renews leases, and answers which partitions were. One that ran out and that nobody has taken is still ours: the token
 * says so.
 */
export async function renewLeases(
  pool: Pool,
  relay: string,
  held: readonly TakenLease[],
  leaseMs: number,
): Promise<number[]> {
  const { rows } = await pool.query<{ partition: number }>(
    `update relay.leases l set until = clock_timestamp() + $4 * interval '1 millisecond'
     from unnest($2::integer[], $3::bigint[]) as held (partition, token)
     where l.partition = held.partition and l.token = held.token and l.owner = $1
     returning l.partition`,
    [relay, held.map(({ partition }) => partition), held.map(({ token }) => token), leaseMs],
  );
  return rows.map(({ partition }) => partition);
}
