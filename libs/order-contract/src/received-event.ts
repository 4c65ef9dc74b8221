import type { Instant } from '@orderlog/instant';
import type { OrderEvent } from '@orderlog/order-domain';
import { canonicalBytes, canonicalDocument, hashOf, type Hashed } from './canonical-document.js';
import { ContractError } from './contract-error.js';
import { fieldOf } from './encoder.js';
import type { OrderEventMessage } from './messages.generated.js';
import type { FactMetadata } from './recorded-fact.js';
import { fromStored, isOrderEventType, unreadable, withoutNulls, type Data } from './stored-fact.js';

/** A fact as a consumer has received it. */
export interface ReceivedOrderEvent {
  eventId: string;
  type: string;
  orderId: string;
  version: number;
  schemaVersion: number;
  occurredAt: Instant;
  recordedAt: Instant;
  actor: string | null;
  reason: string | null;
  correlationId: string | null;
  causationId: string | null;
  commandId: string | null;
  origin: { source: string; lines: string } | null;
  previousHash: Buffer;
  hash: Buffer;
  /** Exactly what the store has, so that the hash can be computed again; null where `fact` is. */
  data: Data | null;
  /** As today's domain reads it; null: a type, or a version of its shape, that this reader does not know yet. */
  fact: OrderEvent | null;
}

/**
 * Reads a decoded message: envelope and fact.
 * @param decoded what Avro made of the message under our reader's schema, unions unwrapped (avsc's default does that)
 * @throws ContractError `malformed-message` where it is no OrderEvent at all, or lacks the field that its type names
 */
export function readOrderEvent(decoded: unknown): ReceivedOrderEvent {
  const message = decoded as OrderEventMessage | null;
  if (typeof message?.type !== 'string' || typeof message.orderId !== 'string' || !Buffer.isBuffer(message.hash)) {
    throw new ContractError('malformed-message', 'The message is no OrderEvent.');
  }
  const { type, schemaVersion, origin } = message;
  let data: Data | null = null;
  let fact: OrderEvent | null = null;
  if (isOrderEventType(type) && unreadable(type, schemaVersion) === undefined) {
    const carried = message[fieldOf(type)];
    if (carried === null || carried === undefined) {
      throw new ContractError('malformed-message', `${message.orderId}:${message.version} carries no ${type}.`);
    }
    data = withoutNulls(carried) as Data;
    fact = fromStored({ type, schemaVersion, data });
  }
  return {
    eventId: message.eventId,
    type,
    orderId: message.orderId,
    version: message.version,
    schemaVersion,
    occurredAt: message.occurredAt,
    recordedAt: message.recordedAt,
    actor: message.actor,
    reason: message.reason,
    correlationId: message.correlationId,
    causationId: message.causationId,
    commandId: message.commandId,
    origin: origin && { source: origin.source, lines: origin.lines },
    previousHash: message.previousHash,
    hash: message.hash,
    data,
    fact,
  };
}

/** What to call a fact that this reader does not know: its type, and where that is known, the version of its shape. */
export const unknownNameOf = ({ type, schemaVersion }: Pick<ReceivedOrderEvent, 'type' | 'schemaVersion'>): string =>
  isOrderEventType(type) ? `${type} v${schemaVersion}` : type;

/** The metadata of a received fact, as the store has it. */
export const metadataOf = (event: ReceivedOrderEvent): FactMetadata => {
  const { actor, reason, correlationId, causationId, commandId, origin } = event;
  return withoutNulls({ actor, reason, correlationId, causationId, commandId, origin }) as FactMetadata;
};

/**
 * Computes a received fact's hash again from what the message says.
 * @returns whether it is the hash that the message carries; undefined where this reader does not know the type
 */
export function hashHolds(event: ReceivedOrderEvent): boolean | undefined {
  if (event.data === null) return undefined;
  const hashed: Hashed = { ...event, data: event.data, metadata: metadataOf(event) };
  return hashOf(event.previousHash, canonicalBytes(canonicalDocument(hashed))).equals(event.hash);
}
