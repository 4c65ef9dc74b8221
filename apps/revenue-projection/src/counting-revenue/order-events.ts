import { headerText, type SchemaRegistry } from '@orderlog/kafka';
import { readOrderEvent, readSchemaText, unknownNameOf } from '@orderlog/order-contract';
import type { Read, Source, SourceMessage } from '@orderlog/projection';
import type { CountedEvent } from './revenue.projection.js';

/** The topic of facts, as revenue reads it. */
export function orderEvents(topic: string, registry: SchemaRegistry): Source<CountedEvent> {
  const decoder = registry.decoder(readSchemaText('OrderEvent'));
  const counted = (value: unknown): Read<CountedEvent> => {
    const received = readOrderEvent(value);
    const { fact, orderId, version, occurredAt } = received;
    return fact === null
      ? { kind: 'unknown-type', type: unknownNameOf(received) }
      : { kind: 'event', event: { orderId, version, occurredAt, fact } };
  };
  return {
    topic,
    streamOf: orderIdOf,
    read: (message) => {
      // A fact that someone deleted by a tombstone has happened all the same; the audit says who may not do that.
      if (message.value === null) return { kind: 'nothing' };
      const known = decoder.tryDecode(message.value);
      return known ? counted(known.value) : decoder.decode(message.value).then(({ value }) => counted(value));
    },
  };
}

/** By the header, else by the key `<orderId>:<version>`. */
export const orderIdOf = (message: SourceMessage): string =>
  headerText(message, 'order-id') ?? message.key?.toString('utf8').replace(/:\d+$/, '') ?? '';
