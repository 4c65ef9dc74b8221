import type { Instant } from '@orderlog/instant';
import type { Pool } from 'pg';

/** A key that was destroyed, and what is left of it. */
export interface DestroyedKey {
  keyId: string;
  customerId: string;
  destroyedAt: Instant;
  by: string | null;
  reason: string | null;
  /** Whether the table’s file is rid of it. */
  wiped: boolean;
}

interface Row {
  key_id: string;
  customer_id: string;
  destroyed_at: string;
  destroyed_by: string | null;
  destroyed_why: string | null;
  wiped: boolean;
}

const columns = `key_id, customer_id, orders.microseconds(destroyed_at) as destroyed_at, destroyed_by, destroyed_why,
  wiped_at is not null as wiped`;

const keyOf = (row: Row): DestroyedKey => ({
  keyId: row.key_id,
  customerId: row.customer_id,
  destroyedAt: Number(row.destroyed_at),
  by: row.destroyed_by,
  reason: row.destroyed_why,
  wiped: row.wiped,
});

/** All of a customer’s keys that were ever destroyed, oldest first. */
export async function destroyedKeysOf(pool: Pool, customerId: string): Promise<DestroyedKey[]> {
  const { rows } = await pool.query<Row>({
    name: 'destroyed-keys-of-customer',
    text: `select ${columns} from orders.customer_keys
      where customer_id = $1 and destroyed_at is not null order by customer_keys.destroyed_at, key_id`,
    values: [customerId],
  });
  return rows.map(keyOf);
}

/** Keys under which an order may still be found that does not say that its customer was forgotten. */
export async function unsettledKeys(pool: Pool): Promise<DestroyedKey[]> {
  const { rows } = await pool.query<Row>({
    name: 'unsettled-customer-keys',
    text: `select ${columns} from orders.customer_keys
      where destroyed_at is not null and settled_at is null order by customer_keys.destroyed_at, key_id`,
  });
  return rows.map(keyOf);
}

/**
 * Remembers that no order is left to look for. Not of a key that was destroyed within the last 15 minutes: a command that
 * sealed with it before may wait for its turn for 5, and for its commit for one.
 */
export async function settleKey(pool: Pool, keyId: string): Promise<void> {
  await pool.query({
    name: 'settle-customer-key',
    text: `update orders.customer_keys set settled_at = now()
      where key_id = $1 and settled_at is null and destroyed_at < now() - interval '15 minutes'`,
    values: [keyId],
  });
}
