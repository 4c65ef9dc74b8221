import type pg from 'pg';

/** Which of these orders are in the store already, all in one query. */
export const existingStreams = async (pool: pg.Pool, orderIds: readonly string[]): Promise<Set<string>> => {
  const { rows } = await pool.query<{ id: string }>({
    name: 'existing-streams',
    text: 'select stream_id as id from orders.events where stream_id = any ($1::text[]) and version = 1',
    values: [orderIds],
  });
  return new Set(rows.map(({ id }) => id));
};
