import type { Claim } from '@orderlog/order-domain';
import type { Pool } from 'pg';

export interface Finding {
  number: number;
  orderId: string;
  kind: string;
  subject: string;
  detail: Record<string, unknown>;
  foundAt: string;
  resolvedAt: string | null;
  /** Of contradicting claims: what each row claims, in the order in which they came, beside the order's currency. */
  claims: { claim: Claim; currency: string }[] | null;
}

/** So many rows that contradict each other are read at a glance; the order's facts have them all. */
const fewClaims = 10;
const claimed = `case when kind = 'conflicting-claims' then (
  select json_agg(said) from (
    select row.claim, fact.data ->> 'currency' as currency
    from audit.facts fact
      cross join json_array_elements(case when json_typeof(fact.data -> 'claims') = 'array' then fact.data -> 'claims' end)
        with ordinality as row (claim, nth)
    where fact.generation = findings.generation and fact.order_id = findings.order_id
      and fact.type in ('OrderImported', 'OrderImportedAgain')
    order by fact.version, fact.digest, row.nth limit ${fewClaims}
  ) said
) end as claims`;

/** Findings in the order in which they were found, or the other way round. @param page after which number it goes on */
export async function findings(
  pool: Pool,
  generation: number,
  filter: { orderId?: string; kind?: string; open?: boolean },
  page: { limit: number; after?: number; newestFirst?: boolean },
): Promise<Finding[]> {
  const { newestFirst = false, after = newestFirst ? Number.MAX_SAFE_INTEGER : 0, limit } = page;
  const values: unknown[] = [generation, after, limit];
  const where = ['generation = $1', `number ${newestFirst ? '<' : '>'} $2`];
  if (filter.orderId !== undefined) where.push(`order_id = $${values.push(filter.orderId)}`);
  if (filter.kind !== undefined) where.push(`kind = $${values.push(filter.kind)}`);
  if (filter.open !== undefined) where.push(filter.open ? 'resolved_at is null' : 'resolved_at is not null');
  const time = (column: string) =>
    `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;
  const { rows } = await pool.query<Record<string, unknown>>(
    `select number, order_id, kind, subject, detail, ${time('found_at')}, ${time('resolved_at')}, ${claimed}
     from audit.findings
     where ${where.join(' and ')}
     order by number ${newestFirst ? 'desc' : ''}
     limit $3`,
    values,
  );
  return rows.map((row) => ({
    number: Number(row['number']),
    orderId: row['order_id'] as string,
    kind: row['kind'] as string,
    subject: row['subject'] as string,
    detail: row['detail'] as Record<string, unknown>,
    foundAt: row['found_at'] as string,
    resolvedAt: row['resolved_at'] as string | null,
    claims: row['claims'] as Finding['claims'],
  }));
}
