import { canonicalJson, newId, type EventStore, type OutboxMessage } from '@orderlog/event-store';
import { now } from '@orderlog/instant';
import {
  attemptMessage,
  recordAttemptsQuery,
  recordedAttemptsQuery,
  type Attempt,
  type OrderState,
  type TopicNames,
} from '@orderlog/order-contract';
import type { OrderCommand, Refusal } from '@orderlog/order-domain';
import type { Pool } from 'pg';
import type { CommandContext } from '../orders/asked.js';
import type { RegisteredSchemas } from '../registered-schemas/registered-schemas.js';
import { refusals } from '../refusals/refusals.js';
import { log } from '../signals.js';

/** An attempt that is to be recorded, and the message that tells the audit. */
export interface PreparedAttempt {
  attempt: Attempt;
  message: OutboxMessage;
}

/**
 * What was refused and matters to an audit: a fact of its own, outside the order's stream. A command with an idempotency
 * key has the same id when it is sent again, and is recorded once.
 */
export class Attempts {
  constructor(
    private readonly store: EventStore,
    private readonly pool: Pool,
    private readonly schemas: RegisteredSchemas,
    private readonly topics: TopicNames,
  ) {}

  /** @returns undefined where nobody will ask about such a refusal */
  prepare(about: {
    orderId: string;
    state: OrderState;
    command: OrderCommand;
    commandId: string;
    refusal: Refusal;
    context: CommandContext;
  }): PreparedAttempt | undefined {
    const { orderId, state, command, commandId, refusal, context } = about;
    if (!('attempt' in refusals[refusal.code])) return undefined;
    const attempt: Attempt = {
      attemptId: newId(),
      orderId,
      commandId,
      command: command.type,
      refusal: refusal.code,
      attemptedAt: now(),
      orderVersion: state.version,
      actor: context.actor ?? null,
      reason: context.reason ?? null,
      correlationId: context.correlationId,
      ...moneyOf(command, refusal, state),
      details: canonicalJson(detailsOf(refusal)),
    };
    const { traceparent } = context;
    return { attempt, message: attemptMessage(attempt, this.schemas.encoder(), this.topics, { traceparent }) };
  }

  /** Row and message in one transaction; or the row alone, where the message is committed already. */
  async record({ attempt, message }: PreparedAttempt, kept: 'nothing yet' | 'message is kept'): Promise<void> {
    if (kept === 'nothing yet' && (await this.pool.query(recordedAttemptsQuery([attempt]))).rows.length > 0) return;
    try {
      await this.store.enqueue(kept === 'nothing yet' ? [message] : [], async (tx) => {
        const { rowCount } = await tx.query(recordAttemptsQuery([attempt]));
        if (rowCount === 0) throw new RecordedMeanwhile();
      });
    } catch (error) {
      if (error instanceof RecordedMeanwhile) return;
      throw error;
    }
    log('orders.attempt', { orderId: attempt.orderId, code: attempt.refusal, commandId: attempt.commandId });
  }
}

/** Another process was first with the same command: its row stands, and a message of ours would tell of a second attempt. */
class RecordedMeanwhile extends Error {
  override readonly name = 'RecordedMeanwhile';
}

const detailsOf = ({ code: _code, ...details }: Refusal) => details as unknown as Parameters<typeof canonicalJson>[0];

/** What was wanted, and what would have been allowed, in the terms of the message. */
function moneyOf(command: OrderCommand, refusal: Refusal, { order }: OrderState): Partial<Attempt> {
  if (refusal.code === 'order-exists') {
    return {
      currency: refusal.requested.currency,
      amount: refusal.requested.total,
      existingTotal: refusal.existing.placedTotal,
      sameContent: refusal.sameContent,
    };
  }
  const allowed =
    refusal.code === 'capture-exceeds-owed'
      ? refusal.owed
      : refusal.code === 'refund-exceeds-captured'
        ? refusal.refundable
        : null;
  return { currency: order.currency, amount: 'amount' in command ? command.amount : null, allowed };
}
