import type { Pool } from 'pg';

/** This relay ends in order: the others need not wait to share its part. */
export const leaveRelay = async (pool: Pool, relay: string): Promise<void> =>
  void (await pool.query(`delete from relay.relays where relay = $1`, [relay]));
