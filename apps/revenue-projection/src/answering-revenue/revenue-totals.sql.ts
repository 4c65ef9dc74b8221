import type { Pool } from 'pg';
import type { Grouping, RevenueQuestion } from './revenue-question.js';

/** A row of revenue: the keys that were grouped by, and sums in minor units. */
export type RevenueRow = { [key in Grouping]?: string } & {
  currency: string;
  captured: number;
  refunded: number;
  net: number;
  units: number;
};

/**
 * Adds up the totals of all partitions, a page at a time in the order of the keys. A key whose entries were all
 * replaced by others is no row.
 */
export async function revenueTotals(
  pool: Pool,
  generation: number,
  { groupBy, from, to, sku, currency }: RevenueQuestion,
  page: { limit: number; after: readonly (string | number)[] | undefined },
): Promise<RevenueRow[]> {
  const values: unknown[] = [generation, from, to, page.limit];
  const where = ['generation = $1', 'day between $2::date and $3::date'];
  const given = (value: unknown): string => `$${values.push(value)}`;
  if (sku !== null) where.push(`sku = ${given(sku)}`);
  if (currency !== null) where.push(`currency = ${given(currency)}`);
  if (page.after) {
    const last = page.after.map((key, at) => `${given(key)}::${groupBy[at] === 'day' ? 'date' : 'text'}`);
    where.push(`(${groupBy.join(', ')}) > (${last.join(', ')})`);
  }
  const { rows } = await pool.query<Record<string, string>>(
    `select ${groupBy.map((key) => (key === 'day' ? "to_char(day, 'YYYY-MM-DD') as day" : key)).join(', ')},
            sum(captured) as captured, sum(refunded) as refunded, sum(units) as units
     from revenue.totals
     where ${where.join(' and ')}
     group by ${groupBy.map((key) => `totals.${key}`).join(', ')}
     having sum(entries) > 0
     order by ${groupBy.map((key) => `totals.${key}`).join(', ')}
     limit $4`,
    values,
  );
  return rows.map(({ captured, refunded, units, ...keys }) => ({
    ...(keys as { currency: string }),
    ...{ captured: exactly(BigInt(captured!)), refunded: exactly(BigInt(refunded!)) },
    net: exactly(BigInt(captured!) - BigInt(refunded!)),
    units: exactly(BigInt(units!)),
  }));
}

/**
 * A sum as JSON writes it, exactly: one order keeps below 2^53, the sum of several need not. Above it this is no number of
 * JavaScript but its digits, which only JSON.stringify reads; who asks may keep them as exactly as they like.
 */
const exactly = (sum: bigint): number =>
  Number.isSafeInteger(Number(sum))
    ? Number(sum)
    : ((JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(sum)) as number);

/** Which generation answers; a switch is seen at once. */
export async function liveGeneration(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ live_generation: number }>('select live_generation from revenue.projection');
  return rows[0]?.live_generation ?? 1;
}
