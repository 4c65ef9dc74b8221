import type { Instant } from '@orderlog/instant';
import type { Pool } from 'pg';
import { microseconds } from './microseconds.sql.js';

/** The store's last fact; position 0 and nulls where there is none. A time that is none, which somebody wrote, is null too. */
export interface Head {
  position: number;
  recordedAt: Instant | null;
  hash: Buffer | null;
}

export async function readHead(pool: Pool): Promise<Head> {
  const { rows } = await pool.query<{ position: string; recorded_at: string | null; hash: Buffer }>({
    name: 'read-head',
    text: `select position, ${microseconds('recorded_at')} as recorded_at, hash
      from orders.events order by position desc limit 1`,
  });
  const last = rows[0];
  return last
    ? {
        position: Number(last.position),
        recordedAt: last.recorded_at === null ? null : Number(last.recorded_at),
        hash: last.hash,
      }
    : { position: 0, recordedAt: null, hash: null };
}
