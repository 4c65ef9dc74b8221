import { formatInstant } from '@orderlog/instant';
import type { Attempt } from './encoder.js';

/** A query as pg takes it. */
interface Query {
  name: string;
  text: string;
  values: unknown[];
}

/**
 * Keeps attempts beside the orders. The same command again is no second attempt: the first row stays. Whoever may append
 * facts may record attempts: order-service, an import that meets an ID which is taken, and who brings back what was lost.
 */
export const recordAttemptsQuery = (attempts: readonly Attempt[]): Query => ({
  name: 'record-attempts',
  text: `insert into orders.attempts (attempt_id, order_id, command_id, command, refusal, attempted_at, order_version,
      actor, reason, correlation_id, currency, amount, allowed, existing_total, same_content, details)
    select "attemptId", "orderId", "commandId", command, refusal, "attemptedAt", "orderVersion",
      actor, reason, "correlationId", currency, amount, allowed, "existingTotal", "sameContent", details::jsonb
    from json_to_recordset($1) as attempt ("attemptId" uuid, "orderId" text, "commandId" uuid, command text, refusal text,
      "attemptedAt" timestamptz, "orderVersion" bigint, actor text, reason text, "correlationId" text, currency text,
      amount bigint, allowed bigint, "existingTotal" bigint, "sameContent" boolean, details text)
    on conflict on constraint attempts_one_per_command do nothing`,
  values: [
    JSON.stringify(attempts.map((attempt) => ({ ...attempt, attemptedAt: formatInstant(attempt.attemptedAt) }))),
  ],
});

/** Finds which of these very commands were recorded before: they came again with their idempotency keys, or by another import. */
export const recordedAttemptsQuery = (attempts: readonly Pick<Attempt, 'orderId' | 'commandId'>[]): Query => ({
  name: 'recorded-attempts',
  text: `select order_id, command_id from orders.attempts
    where (order_id, command_id) in (select * from unnest($1::text[], $2::uuid[]))`,
  values: [attempts.map(({ orderId }) => orderId), attempts.map(({ commandId }) => commandId)],
});
