import type { Pool } from 'pg';

export interface TakenLease {
  partition: number;
  token: number;
}

/**
 * Takes up to so many partitions whose lease is past. Relays that take at the same time take different ones.
 * The clock is Postgres's, for everyone.
 */
export async function takeFreePartitions(
  pool: Pool,
  relay: string,
  atMost: number,
  leaseMs: number,
): Promise<TakenLease[]> {
  const { rows } = await pool.query<{ partition: number; token: string }>(
    `update relay.leases l
     set owner = $1, token = l.token + 1, taken_at = clock_timestamp(), until = clock_timestamp() + $3 * interval '1 millisecond'
     from (select partition from relay.leases where until < clock_timestamp() order by partition limit $2 for update skip locked) free
     where l.partition = free.partition
     returning l.partition, l.token`,
    [relay, atMost, leaseMs],
  );
  return rows.map(({ partition, token }) => ({ partition, token: Number(token) }));
}
