import type pg from 'pg';

/**
 * Which of these orders are in the store already, and which command made the first fact of each: an import that is done
 * again, or goes on, finds its own here, all in one query.
 */
export const firstFacts = async (pool: pg.Pool, orderIds: readonly string[]): Promise<Map<string, string | null>> => {
  const { rows } = await pool.query<{ id: string; commandId: string | null }>({
    name: 'first-facts',
    text: `select stream_id as id, metadata->>'commandId' as "commandId"
             from orders.events
            where stream_id = any ($1::text[]) and version = 1`,
    values: [orderIds],
  });
  return new Map(rows.map(({ id, commandId }) => [id, commandId]));
};
