import type { Pool } from 'pg';
import type { EntriesQuestion } from './revenue-question.js';

/** What one line of one fact added to revenue. */
export interface RevenueEntry {
  orderId: string;
  version: number;
  line: number;
  type: string;
  sku: string;
  day: string;
  currency: string;
  captured: number;
  refunded: number;
  net: number;
  units: number;
  occurredAt: string;
}

/** The facts behind a number, by day, order, version and line. */
export async function revenueEntries(
  pool: Pool,
  generation: number,
  { sku, from, to, currency }: EntriesQuestion,
  page: { limit: number; after: readonly (string | number)[] | undefined },
): Promise<RevenueEntry[]> {
  const values: unknown[] = [generation, from, to, page.limit];
  const where = ['generation = $1', 'day between $2::date and $3::date'];
  const given = (value: unknown): string => `$${values.push(value)}`;
  if (sku !== null) where.push(`sku = ${given(sku)}`);
  if (currency !== null) where.push(`currency = ${given(currency)}`);
  if (page.after) {
    const [day, orderId, version, line] = page.after;
    where.push(
      `(day, order_id, version, line) > (${given(day)}::date, ${given(orderId)}::text, ${given(version)}::integer, ${given(line)}::integer)`,
    );
  }
  const { rows } = await pool.query<Record<string, string>>(
    `select order_id, version, line, type, sku, to_char(day, 'YYYY-MM-DD') as day, currency, captured, refunded, units,
            to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as occurred_at
     from revenue.entries
     where ${where.join(' and ')}
     order by entries.day, order_id, version, line
     limit $4`,
    values,
  );
  return rows.map((row) => ({
    ...{ orderId: row['order_id'] as string, version: Number(row['version']), line: Number(row['line']) },
    ...{ type: row['type'] as string, sku: row['sku'] as string, day: row['day'] as string },
    ...{ currency: row['currency'] as string, captured: Number(row['captured']), refunded: Number(row['refunded']) },
    ...{ net: Number(row['captured']) - Number(row['refunded']), units: Number(row['units']) },
    occurredAt: row['occurred_at'] as string,
  }));
}
