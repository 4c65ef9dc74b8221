import { formatInstant } from '@orderlog/instant';
import type { Attempt } from './encoder.js';

/** A query as pg takes it. */
interface Query {
  name: string;
  text: string;
  values: unknown[];
}

/**
 * Keeps an attempt beside the orders. The same command again is no second attempt: the first row stays. Whoever may
 * append facts may record attempts: order-service, and an import that meets an ID which is taken.
 */
export const recordAttemptQuery = (attempt: Attempt): Query => ({
  name: 'record-attempt',
  text: `insert into orders.attempts (attempt_id, order_id, command_id, command, refusal, attempted_at, order_version,
      actor, reason, correlation_id, currency, amount, allowed, existing_total, same_content, details)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    on conflict on constraint attempts_one_per_command do nothing`,
  values: [
    attempt.attemptId,
    attempt.orderId,
    attempt.commandId,
    attempt.command,
    attempt.refusal,
    formatInstant(attempt.attemptedAt),
    attempt.orderVersion,
    attempt.actor,
    attempt.reason,
    attempt.correlationId,
    attempt.currency,
    attempt.amount,
    attempt.allowed,
    attempt.existingTotal,
    attempt.sameContent,
    attempt.details,
  ],
});

/** Finds a row where this very command was recorded before: it came again with its idempotency key, or was imported again. */
export const recordedAttemptQuery = ({ orderId, commandId }: Pick<Attempt, 'orderId' | 'commandId'>): Query => ({
  name: 'is-attempt-recorded',
  text: 'select from orders.attempts where order_id = $1 and command_id = $2',
  values: [orderId, commandId],
});
