import type { Instant } from '@orderlog/instant';
import type { Pool } from 'pg';

/** The keys that these customers' data is sealed with now; none for whom there is none yet, or the last was destroyed. */
export async function keysInUse(
  pool: Pool,
  customerIds: readonly string[],
): Promise<Map<string, { keyId: string; wrapped: Buffer }>> {
  const { rows } = await pool.query<{ customer_id: string; key_id: string; wrapped_key: Buffer }>({
    name: 'customer-keys-in-use',
    text: `select customer_id, key_id, wrapped_key from orders.customer_keys
      where customer_id = any ($1::text[]) and destroyed_at is null`,
    values: [customerIds],
  });
  return new Map(rows.map((row) => [row.customer_id, { keyId: row.key_id, wrapped: row.wrapped_key }]));
}

/**
 * A key as it is at this moment, and when its customer was forgotten, where they were. What a fact says counts for more
 * than the row: a restore may have brought the row back as it was before.
 */
export async function findKey(
  pool: Pool,
  keyId: string,
): Promise<{ wrapped: Buffer | undefined; forgottenAt: Instant | undefined }> {
  const { rows } = await pool.query<{ wrapped_key: Buffer | null; forgotten_at: string | null }>({
    name: 'find-customer-key',
    text: `select case when fact.occurred_at is null then key.wrapped_key end as wrapped_key,
        orders.microseconds(coalesce(key.destroyed_at, fact.occurred_at)) as forgotten_at
      from (values ($1::text)) asked (key_id)
      left join orders.customer_keys key on key.key_id = asked.key_id::uuid
      left join lateral (
        select occurred_at from orders.events
        where type = 'CustomerForgotten' and data ->> 'keyId' = asked.key_id limit 1
      ) fact on true`,
    values: [keyId],
  });
  const found = rows[0];
  return {
    wrapped: found?.wrapped_key ?? undefined,
    forgottenAt: found?.forgotten_at ? Number(found.forgotten_at) : undefined,
  };
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

/** Keys in use, in the order of their IDs. */
export async function keysInUseAfter(
  pool: Pool,
  page: { afterKeyId: string; limit: number },
): Promise<{ keyId: string; wrapped: Buffer }[]> {
  const { rows } = await pool.query<{ key_id: string; wrapped_key: Buffer }>({
    name: 'customer-keys-in-use-after',
    text: `select key_id, wrapped_key from orders.customer_keys
      where key_id > $1 and destroyed_at is null order by key_id limit $2`,
    values: [page.afterKeyId, page.limit],
  });
  return rows.map((row) => ({ keyId: row.key_id, wrapped: row.wrapped_key }));
}

/** Keeps keys as they are wrapped anew, unless they were destroyed, or changed by another process, since they were read. */
export async function replaceWrapped(
  pool: Pool,
  changes: readonly { keyId: string; wrapped: Buffer; anew: Buffer }[],
): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'replace-wrapped-customer-keys',
    text: `update orders.customer_keys key set wrapped_key = change.anew
      from unnest($1::uuid[], $2::bytea[], $3::bytea[]) change (key_id, wrapped, anew)
      where key.key_id = change.key_id and key.wrapped_key = change.wrapped`,
    values: [changes.map(({ keyId }) => keyId), changes.map(({ wrapped }) => wrapped), changes.map(({ anew }) => anew)],
  });
  return rowCount ?? 0;
}
