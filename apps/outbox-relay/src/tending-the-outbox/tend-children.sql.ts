import type { Pool } from 'pg';

/** Makes the outbox's next children ahead of need. */
export const makeChildren = async (pool: Pool): Promise<void> =>
  void (await pool.query(`select orders.make_outbox_children()`));

/**
 * Drops one child that has been full and drained for so long, if its lock can be had within 50 ms.
 * @returns its name, or null: none was ripe, or somebody reads it; the next call tries again
 */
export async function dropDrainedChild(pool: Pool, keepMinutes: number): Promise<string | null> {
  const { rows } = await pool.query<{ child: string | null }>(
    `select orders.drop_drained_outbox_child($1 * interval '1 minute') as child`,
    [keepMinutes],
  );
  return rows[0]?.child ?? null;
}
