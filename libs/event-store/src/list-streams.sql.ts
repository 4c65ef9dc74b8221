import type { Pool } from 'pg';

export interface StreamPage {
  /** Exclusive. */
  afterPosition?: number;
  /** Exclusive. */
  beforePosition?: number;
  limit: number;
  direction: 'forward' | 'backward';
}

/** Streams with the positions of their first facts, by those: a page goes on from the last position that it was given. */
export async function listStreams(pool: Pool, page: StreamPage): Promise<{ stream: string; position: number }[]> {
  const order = page.direction === 'backward' ? 'desc' : 'asc';
  const { rows } = await pool.query<{ stream_id: string; position: string }>({
    name: `list-streams-${order}`,
    text: `select stream_id, position from orders.events
      where version = 1 and position > $1 and position < $2 order by position ${order} limit $3`,
    values: [page.afterPosition ?? 0, page.beforePosition ?? Number.MAX_SAFE_INTEGER, page.limit],
  });
  return rows.map((row) => ({ stream: row.stream_id, position: Number(row.position) }));
}
