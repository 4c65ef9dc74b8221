import type { Pool } from 'pg';

/** The orders of one customer, newest first, each with the position of its first fact. Read by events_by_customer. */
export async function streamsOfCustomer(
  pool: Pool,
  page: { customerId: string; beforePosition: number; limit: number },
): Promise<{ stream: string; position: number }[]> {
  const { rows } = await pool.query<{ stream_id: string; position: string }>({
    name: 'streams-of-customer',
    text: `select stream_id, position from orders.events
      where version = 1 and data ->> 'customerId' = $1 and position < $2
      order by position desc limit $3`,
    values: [page.customerId, page.beforePosition, page.limit],
  });
  return rows.map((row) => ({ stream: row.stream_id, position: Number(row.position) }));
}
