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

/**
 * Destroys again what a restore from a backup brought back: keys in use of which a fact says that they were destroyed.
 * When, by whom and why is taken from the fact.
 */
export async function destroyReturnedKeys(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ key_id: string }>(
    `update orders.customer_keys key
     set wrapped_key = null, destroyed_at = fact.occurred_at, destroyed_by = fact.metadata ->> 'actor',
         destroyed_why = fact.metadata ->> 'reason'
     from (
       select distinct on (data ->> 'keyId') data ->> 'keyId' as key_id, occurred_at, metadata
       from orders.events where type = 'CustomerForgotten' order by data ->> 'keyId', position
     ) fact
     where key.key_id = fact.key_id::uuid and key.destroyed_at is null
     returning key.key_id`,
  );
  return rows.map((row) => row.key_id);
}
