import avro from 'avsc';
import type { Type } from 'avsc';
import type { Instant } from '@orderlog/instant';
import { owedOf, type Order, type OrderEventType } from '@orderlog/order-domain';
import { UNKNOWN_SKU } from '@orderlog/order-domain';
import { ContractError } from './contract-error.js';
import type {
  CheckpointMessage,
  OrderAttemptMessage,
  OrderEventMessage,
  OrderStateMessage,
} from './messages.generated.js';
import type { FactMetadata, RecordedFact } from './recorded-fact.js';
import { readSchemaText } from './schema-text.js';
import { isOrderEventType, orderEventTypes } from './stored-fact.js';
import { MAX_MESSAGE_BYTES, type SchemaName } from './topics.js';

/** Where an order's state stands in time. */
export interface StateAt {
  orderId: string;
  version: number;
  /** When the first fact happened. */
  placedAt: Instant;
  /** When the latest fact happened. */
  updatedAt: Instant;
  /** When the store learned of the latest fact. */
  recordedAt: Instant;
}

/** A message without the fields that may be null and are not said. */
export type Attempt = Optional<OrderAttemptMessage>;
type Optional<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: T[K];
};

export interface MessageEncoder {
  event(recorded: RecordedFact): Buffer;
  state(order: Order, at: StateAt): Buffer;
  attempt(attempt: Attempt): Buffer;
}

/**
 * Encodes messages with the registry's schema ids in the Confluent wire format: 0x00, id (int32, big endian), Avro.
 * Everything is built once, here: a message costs no look-up and no schema work.
 *
 * What the contract has no room for is refused rather than left out: a key that the schema does not name would be gone
 * from the message and its hash could not be computed again. Money above 2^53 − 2 is refused by the encoder of longs.
 * @throws ContractError (from each method): `unknown-event-type`, `malformed-fact`, `message-too-large`
 */
export function messageEncoder(ids: Record<'OrderEvent' | 'OrderState' | 'OrderAttempt', number>): MessageEncoder {
  const event = wireFormat('OrderEvent', ids.OrderEvent);
  const state = wireFormat('OrderState', ids.OrderState);
  const attempt = wireFormat('OrderAttempt', ids.OrderAttempt);
  const dataTypes = dataTypesOf(event.type);
  return {
    event: (recorded) => event.encode(eventMessage(recorded, dataTypes)),
    state: (order, at) => state.encode(stateMessage(order, at)),
    attempt: (value) => attempt.encode(value),
  };
}

/** Of signed checkpoints; the audit's own, for order-service signs none. */
export function checkpointEncoder(id: number): (checkpoint: CheckpointMessage) => Buffer {
  const { encode } = wireFormat('Checkpoint', id);
  return encode;
}

/**
 * The type of one of our schemas. Unions are read and written unwrapped: all of ours are "null or one thing", so a plain
 * value says which branch it is.
 */
export const avroType = (name: SchemaName): Type => avroTypeOf(readSchemaText(name));

/** The type of a schema of another release. */
export const avroTypeOf = (schemaText: string): Type =>
  avro.Type.forSchema(JSON.parse(schemaText) as avro.Type, { wrapUnions: 'never' });

/** One buffer for all: encoding is synchronous, and what comes out is a copy. */
const scratch = Buffer.alloc(MAX_MESSAGE_BYTES);

function wireFormat(name: SchemaName, id: number): { type: Type; encode: (value: object) => Buffer } {
  const type = avroType(name);
  return {
    type,
    encode: (value) => {
      let end: number;
      try {
        end = type.encode(value, scratch, 5);
      } catch (error) {
        throw new ContractError('malformed-fact', `${name}: ${(error as Error).message}`);
      }
      if (end < 0) throw new ContractError('message-too-large', `${name} takes more than ${scratch.length} bytes.`);
      scratch[0] = 0;
      scratch.writeInt32BE(id, 1);
      return Buffer.from(scratch.subarray(0, end));
    },
  };
}

/** The field that carries a type's data: its name with a small first letter. */
export const fieldOf = (type: OrderEventType): keyof OrderEventMessage =>
  `${type[0]!.toLowerCase()}${type.slice(1)}` as keyof OrderEventMessage;

const fields = new Map(orderEventTypes.map((type) => [type, fieldOf(type)]));

/** The record type of each fact's data. */
function dataTypesOf(event: Type): Map<OrderEventType, Type> {
  const byField = new Map((event as avro.types.RecordType).fields.map((field) => [field.name, field.type]));
  return new Map(
    orderEventTypes.map((type) => {
      const union = byField.get(fieldOf(type)) as avro.types.UnwrappedUnionType;
      return [type, union.types[1]!];
    }),
  );
}

const metadataKeys = new Set<string>([
  'actor',
  'reason',
  'correlationId',
  'causationId',
  'commandId',
  'origin',
] satisfies (keyof FactMetadata)[]);

function eventMessage(recorded: RecordedFact, dataTypes: Map<OrderEventType, Type>): object {
  const { type, data, metadata } = recorded;
  if (!isOrderEventType(type)) throw new ContractError('unknown-event-type', `No fact is called ${type}.`);
  const dataType = dataTypes.get(type)!;
  if (!dataType.isValid(data, { noUndeclaredFields: true })) throw malformed(type, dataType, data);
  for (const key in metadata) {
    if (!metadataKeys.has(key))
      throw new ContractError('malformed-fact', `Metadata ${key} has no field in OrderEvent.`);
  }
  return {
    eventId: recorded.eventId,
    type,
    orderId: recorded.stream,
    version: recorded.version,
    schemaVersion: recorded.schemaVersion,
    occurredAt: recorded.occurredAt,
    recordedAt: recorded.recordedAt,
    actor: metadata.actor,
    reason: metadata.reason,
    correlationId: metadata.correlationId,
    causationId: metadata.causationId,
    commandId: metadata.commandId,
    origin: metadata.origin,
    previousHash: recorded.previousHash,
    hash: recorded.hash,
    [fields.get(type)!]: data,
  };
}

function malformed(type: string, dataType: Type, data: unknown): ContractError {
  const places: string[] = [];
  dataType.isValid(data, { noUndeclaredFields: true, errorHook: (path) => places.push(path.join('.')) });
  return new ContractError('malformed-fact', `${type} does not fit its schema: ${places.join(', ')}`);
}

/**
 * How many discounts, payments and refunds a state lists. Each append writes the state again: in full, an order with
 * 10,000 payments would cost 300 kB each time, and one day be too large for the broker.
 */
const listed = 100;

/** What the message of an order's state says. */
export function stateMessage(order: Order, at: StateAt): OrderStateMessage {
  return {
    orderId: at.orderId,
    version: at.version,
    status: order.status,
    customerId: order.customerId,
    customer: order.customer ?? null,
    channel: order.channel,
    currency: order.currency,
    lines: order.tallies.map((tally, index) => {
      const line = order.lines[index];
      return {
        line: tally.line,
        sku: line?.sku ?? UNKNOWN_SKU,
        quantity: line?.quantity ?? 0,
        unitPrice: line?.unitPrice ?? 0,
        amount: line?.amount ?? tally.share,
        share: tally.share,
        captured: tally.captured,
        refunded: tally.refunded,
        unitsReturned: tally.unitsReturned,
      };
    }),
    discounts: order.discounts.slice(-listed),
    discountCount: order.discounts.length,
    total: order.total,
    captured: order.captured,
    refunded: order.refunded,
    owed: owedOf(order),
    payments: order.payments.slice(-listed),
    paymentCount: order.payments.length,
    refunds: order.refunds.slice(-listed),
    refundCount: order.refunds.length,
    looseAmount: order.loose.reduce((sum, { kind, amount }) => sum + (kind === 'return' ? -amount : amount), 0),
    importedFromState: order.imported !== null,
    placedAt: at.placedAt,
    updatedAt: at.updatedAt,
    recordedAt: at.recordedAt,
  };
}
