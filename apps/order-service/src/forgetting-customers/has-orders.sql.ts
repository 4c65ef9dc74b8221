import type { Pool } from 'pg';

/** Whether the customer has an order. */
export async function hasOrders(pool: Pool, customerId: string): Promise<boolean> {
  const { rows } = await pool.query({
    name: 'customer-has-orders',
    text: `select from orders.events where version = 1 and data ->> 'customerId' = $1 limit 1`,
    values: [customerId],
  });
  return rows.length > 0;
}
