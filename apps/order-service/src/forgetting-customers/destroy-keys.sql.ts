import type { Pool } from 'pg';

/** Destroys the key that a customer has in use, if there is one. A key that was destroyed before stays as it is. */
export async function destroyKeys(
  pool: Pool,
  about: { customerId: string; actor: string | undefined; reason: string },
): Promise<string[]> {
  const { rows } = await pool.query<{ key_id: string }>({
    name: 'destroy-customer-keys',
    text: `update orders.customer_keys
      set wrapped_key = null, destroyed_at = now(), destroyed_by = $2, destroyed_why = $3
      where customer_id = $1 and destroyed_at is null
      returning key_id`,
    values: [about.customerId, about.actor ?? null, about.reason],
  });
  return rows.map((row) => row.key_id);
}
