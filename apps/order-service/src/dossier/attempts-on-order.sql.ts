import { parseInstant, type Instant } from '@orderlog/instant';
import type { Pool } from 'pg';

export interface AttemptOnOrder {
  attemptId: string;
  commandId: string;
  command: string;
  refusal: string;
  attemptedAt: Instant;
  orderVersion: number;
  actor: string | null;
  reason: string | null;
  correlationId: string | null;
  currency: string | null;
  amount: number | null;
  allowed: number | null;
  existingTotal: number | null;
  /** Of the total that the existing order was placed at: another order may well be in another currency. */
  existingCurrency: string | null;
  sameContent: boolean | null;
  /** Of a payment's or refund's ID that was used again: whose it is, and for how much. */
  used: { id: string; amount: number } | null;
}

/**
 * What was refused at an order, oldest first, up to a limit, and how many there are altogether. Amounts are within what
 * a double holds: the rules refuse larger ones before they can be attempted.
 */
export async function attemptsOnOrder(
  pool: Pool,
  orderId: string,
  limit: number,
): Promise<{ attempts: AttemptOnOrder[]; altogether: number }> {
  const { rows } = await pool.query<Record<string, string | null> & { same_content: boolean | null }>({
    name: 'attempts-on-order',
    text: `select attempt_id, command_id, command, refusal, order_version, actor, reason, correlation_id, currency,
        amount, allowed, existing_total, same_content,
        case when existing_total is not null
             then coalesce(details -> 'existing' ->> 'currency', currency) end as existing_currency,
        case when refusal in ('payment-id-used', 'refund-id-used')
             then coalesce(details ->> 'paymentId', details ->> 'refundId') end as used_id,
        details ->> 'amount' as used_amount, count(*) over () as altogether,
        to_char(attempted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as attempted_at
      from orders.attempts where order_id = $1
      order by orders.attempts.attempted_at, attempt_id limit $2`,
    values: [orderId, limit],
  });
  const number = (text: string | null | undefined) => (text === null || text === undefined ? null : Number(text));
  return {
    altogether: number(rows[0]?.['altogether']) ?? 0,
    attempts: rows.map((row) => ({
      attemptId: row['attempt_id']!,
      commandId: row['command_id']!,
      command: row['command']!,
      refusal: row['refusal']!,
      attemptedAt: parseInstant(row['attempted_at']!)!,
      orderVersion: Number(row['order_version']),
      actor: row['actor'] ?? null,
      reason: row['reason'] ?? null,
      correlationId: row['correlation_id'] ?? null,
      currency: row['currency'] ?? null,
      amount: number(row['amount']),
      allowed: number(row['allowed']),
      existingTotal: number(row['existing_total']),
      existingCurrency: row['existing_currency'] ?? null,
      sameContent: row.same_content,
      used: row['used_id'] ? { id: row['used_id'], amount: Number(row['used_amount']) } : null,
    })),
  };
}
