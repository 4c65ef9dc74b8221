import { headerText, type SchemaRegistry } from '@orderlog/kafka';
import { readOrderEvent, readSchemaText, unknownNameOf, type OrderAttemptMessage } from '@orderlog/order-contract';
import type { Read, Source, SourceMessage } from '@orderlog/projection';
import { digestOf, type Watched } from './audit.projection.js';

/** The topic of facts, as the audit reads it: a type that it does not know is kept as well, its envelope understood. */
export function factsOf(topic: string, registry: SchemaRegistry): Source<Watched> {
  const decoder = registry.decoder(readSchemaText('OrderEvent'));
  const fact = (decoded: unknown, message: SourceMessage): Read<Watched> => {
    const event = readOrderEvent(decoded);
    const watched: Watched = {
      ...{ kind: 'fact', event, position: positionOf(message) },
      digest: digestOf(event, message.value as Buffer),
    };
    return { kind: 'event', event: watched, ...(event.fact === null && { unknownType: unknownNameOf(event) }) };
  };
  return {
    topic,
    streamOf: orderIdOf,
    read: (message) => {
      if (message.value === null) return { kind: 'event', event: tombstoneOf(message) };
      const known = decoder.tryDecode(message.value);
      return known
        ? fact(known.value, message)
        : decoder.decode(message.value).then(({ value }) => fact(value, message));
    },
  };
}

/** The topic of what was refused. A tombstone there deletes nothing that an order's history needs. */
export function attemptsOf(topic: string, registry: SchemaRegistry): Source<Watched> {
  const decoder = registry.decoder<OrderAttemptMessage>(readSchemaText('OrderAttempt'));
  const attempt = (value: OrderAttemptMessage): Read<Watched> => ({
    kind: 'event',
    event: { kind: 'attempt', attempt: value },
  });
  return {
    topic,
    streamOf: orderIdOf,
    read: (message) => {
      if (message.value === null) return { kind: 'nothing' };
      const known = decoder.tryDecode(message.value);
      return known ? attempt(known.value) : decoder.decode(message.value).then(({ value }) => attempt(value));
    },
  };
}

/** By the header, else by the key `<orderId>:<version or command>`. */
const orderIdOf = (message: SourceMessage): string =>
  headerText(message, 'order-id') ?? message.key?.toString('utf8').replace(/:[^:]*$/, '') ?? '';

function positionOf(message: SourceMessage): number | null {
  const text = headerText(message, 'event-position');
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

/** A tombstone has no envelope: its key says which fact compaction is to delete. */
function tombstoneOf(message: SourceMessage): Watched {
  const key = message.key?.toString('utf8') ?? '';
  const match = /^(.*):(\d{1,9})$/.exec(key);
  const { topic, partition, offset, timestamp } = message;
  const [orderId, version] = match ? [match[1] as string, Number(match[2])] : [key, 0];
  return { kind: 'tombstone', orderId, version, topic, partition, offset, sentAt: timestamp };
}
