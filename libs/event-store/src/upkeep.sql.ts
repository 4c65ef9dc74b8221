import type { Pool } from 'pg';

/** Makes the outbox's next children and the next days of commands ahead of need, and drops the days that are past. */
export async function makeChildren(pool: Pool): Promise<void> {
  await pool.query('select orders.make_outbox_children()');
  await pool.query('select orders.turn_command_days()');
}
