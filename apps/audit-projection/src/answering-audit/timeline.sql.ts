import type { Pool } from 'pg';
import { existingCurrency } from '../watching-facts/existing-currency.sql.js';

const instant = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;

export interface KeptFact {
  version: number;
  position: number | null;
  eventId: string;
  type: string;
  schemaVersion: number;
  occurredAt: string;
  recordedAt: string;
  actor: string | null;
  reason: string | null;
  correlationId: string | null;
  causationId: string | null;
  commandId: string | null;
  origin: { source: string; lines: string } | null;
  /** As it was told; null: of a type that this version does not know. */
  data: Record<string, unknown> | null;
  hash: string;
  previousHash: string;
  hashHolds: boolean | null;
}

/** Facts of one order from a version on, every content of each. */
export async function factsOfOrder(
  pool: Pool,
  generation: number,
  orderId: string,
  page: { fromVersion: number; limit: number },
): Promise<KeptFact[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    `select version, position, event_id, type, schema_version, ${instant('occurred_at')}, ${instant('recorded_at')},
            actor, reason, correlation_id, causation_id, command_id, origin, data,
            encode(hash, 'hex') as hash, encode(previous_hash, 'hex') as previous_hash, hash_holds
     from audit.facts
     where generation = $1 and order_id = $2 and version >= $3
     order by version, digest
     limit $4`,
    [generation, orderId, page.fromVersion, page.limit],
  );
  return rows.map((row) => ({
    version: row['version'] as number,
    position: row['position'] === null ? null : Number(row['position']),
    eventId: row['event_id'] as string,
    type: row['type'] as string,
    schemaVersion: row['schema_version'] as number,
    occurredAt: row['occurred_at'] as string,
    recordedAt: row['recorded_at'] as string,
    actor: row['actor'] as string | null,
    reason: row['reason'] as string | null,
    correlationId: row['correlation_id'] as string | null,
    causationId: row['causation_id'] as string | null,
    commandId: row['command_id'] as string | null,
    origin: row['origin'] as KeptFact['origin'],
    data: row['data'] as KeptFact['data'],
    hash: row['hash'] as string,
    previousHash: row['previous_hash'] as string,
    hashHolds: row['hash_holds'] as boolean | null,
  }));
}

export interface KeptAttempt {
  commandId: string;
  command: string;
  refusal: string;
  attemptedAt: string;
  orderVersion: number;
  actor: string | null;
  reason: string | null;
  correlationId: string | null;
  currency: string | null;
  amount: number | null;
  allowed: number | null;
  existingTotal: number | null;
  existingCurrency: string | null;
  sameContent: boolean | null;
  /** Of a payment's or refund's ID that was used again: whose it is, and for how much. */
  used: { id: string; amount: number } | null;
}

/** Null also where the details of the message do not say: nobody has checked them. */
const used = `case when refusal in ('payment-id-used', 'refund-id-used') and pg_input_is_valid(details::text, 'jsonb')
  and json_typeof(coalesce(details -> 'paymentId', details -> 'refundId')) = 'string' and json_typeof(details -> 'amount') = 'number'
  then json_build_object('id', coalesce(details -> 'paymentId', details -> 'refundId'), 'amount', details -> 'amount') end`;

/** What was refused about one order, in the order of time; the last 1,000. */
export async function attemptsOfOrder(pool: Pool, generation: number, orderId: string): Promise<KeptAttempt[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    `select command_id, command, refusal, ${instant('attempted_at')}, version, actor, reason, correlation_id, currency,
            amount, allowed, existing_total, same_content,
            case when existing_total is not null then coalesce(${existingCurrency}, currency) end as existing_currency,
            ${used} as used
     from audit.attempts
     where generation = $1 and order_id = $2
     order by attempts.attempted_at desc, digest
     limit 1000`,
    [generation, orderId],
  );
  return rows.reverse().map((row) => ({
    commandId: row['command_id'] as string,
    command: row['command'] as string,
    refusal: row['refusal'] as string,
    attemptedAt: row['attempted_at'] as string,
    orderVersion: row['version'] as number,
    actor: row['actor'] as string | null,
    reason: row['reason'] as string | null,
    correlationId: row['correlation_id'] as string | null,
    currency: row['currency'] as string | null,
    amount: minor(row['amount']),
    allowed: minor(row['allowed']),
    existingTotal: minor(row['existing_total']),
    existingCurrency: row['existing_currency'] as string | null,
    sameContent: row['same_content'] as boolean | null,
    used: row['used'] as KeptAttempt['used'],
  }));
}

const minor = (value: unknown): number | null => (value === null ? null : Number(value));
