import type { Instant } from '@orderlog/instant';
import type { Order } from '@orderlog/order-domain';
import { ContractError } from './contract-error.js';
import type { Attempt, MessageEncoder } from './encoder.js';
import { partitionOf } from './partition.js';
import type { OutboxMessageLike, RecordedFact } from './recorded-fact.js';
import { MAX_MESSAGE_BYTES, type TopicNames } from './topics.js';

/**
 * All messages of one append, in the order in which they go out: one for every fact on the topic of events, and the
 * state after the last of them on the topic of states.
 * @param recorded facts of one order, in the order of their versions
 * @param about `placedAt`: when the order's first fact happened; it may be absent where that is among the recorded ones.
 *   `traceparent`: of the request, W3C trace context
 * @throws ContractError where a fact breaks the contract or is too large for the broker: nothing must be committed then
 */
export function messagesOf(
  recorded: readonly RecordedFact[],
  after: Order,
  encoder: MessageEncoder,
  topics: TopicNames,
  about: { placedAt?: Instant; traceparent?: string } = {},
): OutboxMessageLike[] {
  const last = recorded.at(-1);
  if (!last) return [];
  const first = recorded[0]!;
  const placedAt = about.placedAt ?? (first.version === 1 ? first.occurredAt : undefined);
  if (placedAt === undefined) throw new Error(`placedAt of order ${last.stream} must be said from version 2 on.`);
  const partition = partitionOf(last.stream);
  const messages = recorded.map((fact): OutboxMessageLike => ({
    topic: topics.events,
    key: `${fact.stream}:${fact.version}`,
    partition,
    aggregateId: fact.stream,
    type: fact.type,
    payload: encoder.event(fact),
    headers: headersOf(fact, about.traceparent),
    timestamp: fact.recordedAt,
    position: fact.position,
  }));
  messages.push({
    topic: topics.state,
    key: last.stream,
    partition,
    aggregateId: last.stream,
    type: 'OrderState',
    payload: encoder.state(after, {
      orderId: last.stream,
      version: last.version,
      placedAt,
      updatedAt: last.occurredAt,
      recordedAt: last.recordedAt,
    }),
    headers: headersOf(last, about.traceparent),
    timestamp: last.recordedAt,
    position: null,
  });
  for (const message of messages) mustFit(message);
  return messages;
}

/** The message that tells the audit of a command that was refused. */
export function attemptMessage(
  attempt: Attempt,
  encoder: MessageEncoder,
  topics: TopicNames,
  about: { traceparent?: string } = {},
): OutboxMessageLike {
  const message: OutboxMessageLike = {
    topic: topics.attempts,
    key: `${attempt.orderId}:${attempt.commandId}`,
    partition: partitionOf(attempt.orderId),
    aggregateId: attempt.orderId,
    type: 'OrderAttempt',
    payload: encoder.attempt(attempt),
    headers: {
      'event-id': attempt.attemptId,
      'event-type': 'OrderAttempt',
      'order-id': attempt.orderId,
      'order-version': String(attempt.orderVersion),
      ...(about.traceparent && { traceparent: about.traceparent }),
    },
    timestamp: attempt.attemptedAt,
    position: null,
  };
  mustFit(message);
  return message;
}

const headersOf = (fact: RecordedFact, traceparent: string | undefined): Record<string, string> => ({
  'event-id': fact.eventId,
  'event-type': fact.type,
  'order-id': fact.stream,
  'order-version': String(fact.version),
  'event-position': String(fact.position),
  ...(traceparent && { traceparent }),
});

/** The broker counts key, value, headers and some bytes of its own. */
function mustFit(message: OutboxMessageLike): void {
  const headers = Object.entries(message.headers).reduce((sum, [name, text]) => sum + name.length + text.length + 4, 0);
  const bytes = (message.payload?.length ?? 0) + message.key.length + headers;
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new ContractError(
      'message-too-large',
      `${message.topic} ${message.key} takes ${bytes} bytes, more than ${MAX_MESSAGE_BYTES}.`,
    );
  }
}
