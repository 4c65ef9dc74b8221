import pg from 'pg';

/** A fact as the table has it. */
export interface Fact {
  position: number;
  orderId: string;
  version: number;
  type: string;
  data: Record<string, unknown>;
  day: string;
  hash: string;
}

/** All facts of a store, in order, straight from the table: what every view must agree with. */
export async function readFacts(databaseUrl: string): Promise<Fact[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Fact & { position: string }>(
      `select position, stream_id as "orderId", version::int, type, data,
              to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD') as day, encode(hash, 'hex') as hash
         from orders.events order by position`,
    );
    return rows.map((row) => ({ ...row, position: Number(row.position) }));
  } finally {
    await client.end();
  }
}

export interface Earned {
  sku: string;
  day: string;
  currency: string;
  captured: number;
  refunded: number;
  net: number;
}

/** Revenue by SKU, day and currency, folded from facts by a few lines that share nothing with the projection. */
export function revenueOf(facts: readonly Fact[]): Earned[] {
  const totals = new Map<string, Earned>();
  for (const { type, data, day } of facts) {
    if (type !== 'PaymentCaptured' && type !== 'RefundInitiated') continue;
    const { currency, allocation } = data as { currency: string; allocation: { sku: string; amount: number }[] };
    for (const { sku, amount } of allocation) {
      const key = JSON.stringify([sku, day, currency]);
      const total = totals.get(key) ?? { sku, day, currency, captured: 0, refunded: 0, net: 0 };
      if (type === 'PaymentCaptured') total.captured += amount;
      else total.refunded += amount;
      total.net = total.captured - total.refunded;
      totals.set(key, total);
    }
  }
  return [...totals.values()].sort(byKey);
}

export const byKey = (one: Earned, other: Earned): number =>
  keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0;
const keyOf = ({ sku, day, currency }: Earned): string => `${sku} ${day} ${currency}`;
