import type { Pool } from 'pg';

/** The key that a customer's data is sealed with now; undefined where there is none yet, or the last was destroyed. */
export async function keyInUse(
  pool: Pool,
  customerId: string,
): Promise<{ keyId: string; wrapped: Buffer } | undefined> {
  const { rows } = await pool.query<{ key_id: string; wrapped_key: Buffer }>({
    name: 'customer-key-in-use',
    text: 'select key_id, wrapped_key from orders.customer_keys where customer_id = $1 and destroyed_at is null',
    values: [customerId],
  });
  return rows[0] && { keyId: rows[0].key_id, wrapped: rows[0].wrapped_key };
}

/** @returns undefined where the key was destroyed, or never was */
export async function findKey(pool: Pool, keyId: string): Promise<Buffer | undefined> {
  const { rows } = await pool.query<{ wrapped_key: Buffer | null }>({
    name: 'find-customer-key',
    text: 'select wrapped_key from orders.customer_keys where key_id = $1',
    values: [keyId],
  });
  return rows[0]?.wrapped_key ?? undefined;
}

/** Keeps a new key, unless the customer has one in use already: two orders at once make one key. */
export async function keepKey(pool: Pool, key: { keyId: string; customerId: string; wrapped: Buffer }): Promise<void> {
  await pool.query({
    name: 'keep-customer-key',
    text: `insert into orders.customer_keys (key_id, customer_id, wrapped_key) values ($1, $2, $3)
      on conflict (customer_id) where destroyed_at is null do nothing`,
    values: [key.keyId, key.customerId, key.wrapped],
  });
}
