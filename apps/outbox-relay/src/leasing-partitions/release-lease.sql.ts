import type { Pool } from 'pg';
import type { TakenLease } from './take-free-partitions.sql.js';

/** Gives a partition back: anyone may take it at once. */
export const releaseLease = async (pool: Pool, relay: string, { partition, token }: TakenLease): Promise<void> =>
  void (await pool.query(
    `update relay.leases set owner = null, until = '-infinity' where partition = $1 and token = $2 and owner = $3`,
    [partition, token, relay],
  ));
