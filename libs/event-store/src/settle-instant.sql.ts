import type { Instant } from '@orderlog/instant';
import type { Pool } from 'pg';

/** Settles an instant. @returns for how many microseconds it is too early for that; 0: it is settled, and for ever */
export async function settleInstant(pool: Pool, instant: Instant): Promise<number> {
  const { rows } = await pool.query<{ too_early: string }>({
    name: 'settle-instant',
    text: 'select orders.settle_instant($1) as too_early',
    values: [instant],
  });
  return Number(rows[0]!.too_early);
}
