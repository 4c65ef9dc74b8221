import type { Instant } from '@orderlog/instant';
import type { Pool } from 'pg';

/** Orders that hold something sealed with a key and do not say yet that it was destroyed; in order of their position. */
export async function ordersToForget(
  pool: Pool,
  page: { customerId: string; keyId: string; afterPosition: number; limit: number },
): Promise<{ orderId: string; position: number; placedAt: Instant }[]> {
  const { rows } = await pool.query<{ stream_id: string; position: string; placed_at: string }>({
    name: 'orders-to-forget',
    text: `select placed.stream_id, placed.position, orders.microseconds(placed.occurred_at) as placed_at
      from orders.events placed
      where placed.version = 1 and placed.data ->> 'customerId' = $1 and placed.position > $3
        and placed.data -> 'customer' ->> 'keyId' = $2
        and not exists (
          select from orders.events fact
          where fact.type = 'CustomerForgotten' and fact.data ->> 'keyId' = $2 and fact.stream_id = placed.stream_id
        )
      order by placed.position limit $4`,
    values: [page.customerId, page.keyId, page.afterPosition, page.limit],
  });
  return rows.map((row) => ({
    orderId: row.stream_id,
    position: Number(row.position),
    placedAt: Number(row.placed_at),
  }));
}

/** How many orders say that one of these keys was destroyed. */
export async function ordersForgotten(pool: Pool, keyIds: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ orders: string }>({
    name: 'orders-forgotten',
    text: `select count(distinct stream_id) as orders from orders.events
      where type = 'CustomerForgotten' and data ->> 'keyId' = any ($1::text[])`,
    values: [keyIds],
  });
  return Number(rows[0]?.orders ?? 0);
}
