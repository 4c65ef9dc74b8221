import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import fc from 'fast-check';
import type { OrderEvent } from '@orderlog/order-domain';
import { anyFact, text } from './any-fact.js';
import { canonicalBytes, canonicalDocument, hashOf, noHash } from './canonical-document.js';
import { ContractError } from './contract-error.js';
import { avroType, messageEncoder } from './encoder.js';
import { hashHolds, metadataOf, readOrderEvent } from './received-event.js';
import type { FactMetadata, RecordedFact } from './recorded-fact.js';
import { readSchemaText } from './schema-text.js';
import { currentSchemaVersion, fromStored, orderEventTypes, toStored } from './stored-fact.js';

const anyMetadata: fc.Arbitrary<FactMetadata> = fc.record(
  {
    actor: text,
    reason: text,
    correlationId: text,
    causationId: text,
    commandId: text,
    origin: fc.record({ source: text, lines: text }),
  },
  { requiredKeys: [] },
);

const instant = fc.integer({ min: 0, max: 4_102_444_800_000_000 });

/** As the event store keeps a fact. */
const recorded = (
  fact: OrderEvent,
  metadata: FactMetadata,
  at: number,
  previousHash: Buffer = noHash,
): RecordedFact => {
  const kept = {
    ...toStored(fact),
    eventId: '019abc12-7def-7000-8000-0123456789ab',
    metadata,
    occurredAt: at,
    recordedAt: at + 1,
    position: 17,
    stream: 'order-8471',
    version: 3,
    previousHash,
  };
  return { ...kept, hash: hashOf(previousHash, canonicalBytes(canonicalDocument({ ...kept, orderId: kept.stream }))) };
};

const encoder = messageEncoder({ OrderEvent: 7, OrderState: 8, OrderAttempt: 9 });
const orderEvent = avroType('OrderEvent');
const decode = (message: Buffer, resolver?: ReturnType<avro.Type['createResolver']>): unknown =>
  orderEvent.fromBuffer(message.subarray(5), resolver);
const withoutUndefined = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const small: Extract<OrderEvent, { type: 'OrderPlaced' }> = {
  type: 'OrderPlaced',
  customerId: 'c-1',
  channel: 'api',
  currency: 'GBP',
  lines: [{ line: 1, sku: 'TEAPOT', quantity: 1, unitPrice: 89_99, amount: 89_99 }],
  total: 89_99,
};

describe('a fact that goes out as a message', () => {
  it.each(orderEventTypes)(
    'comes back exactly as the store has it, so that its hash can be computed again: %s',
    (type) => {
      fc.assert(
        fc.property(
          anyFact(type),
          anyMetadata,
          instant,
          fc.uint8Array({ minLength: 32, maxLength: 32 }),
          (fact, metadata, at, previous) => {
            const kept = recorded(fact, metadata, at, Buffer.from(previous));
            const received = readOrderEvent(decode(encoder.event(kept)));
            expect(received).toMatchObject({
              type,
              orderId: 'order-8471',
              version: 3,
              occurredAt: at,
              recordedAt: at + 1,
            });
            expect(received.data).toEqual(kept.data);
            expect(metadataOf(received)).toEqual(metadata);
            expect(received.fact).toEqual(withoutUndefined(fact));
            expect(fromStored(kept)).toEqual(withoutUndefined(fact));
            expect(hashHolds(received)).toBe(true);
            expect(hashHolds({ ...received, actor: `${received.actor ?? ''}!` })).toBe(false);
            expect(hashHolds({ ...received, previousHash: hashOf(previous, previous) })).toBe(false);
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it('is in the Confluent wire format: a zero, the id of its schema, Avro', () => {
    const message = encoder.event(recorded(small, {}, 1));
    expect(message.subarray(0, 5).toString('hex')).toBe('0000000007');
  });

  it('is the same bytes again, and not changed by the next one', () => {
    const kept = recorded(small, { actor: 'agent 17' }, 1);
    const message = encoder.event(kept);
    const copy = Buffer.from(message);
    encoder.event(recorded({ ...small, total: 1 }, {}, 2));
    expect(message).toEqual(copy);
    expect(encoder.event(kept)).toEqual(copy);
  });
});

describe('what the contract has no room for is refused before it is committed', () => {
  const refusedWith = (change: (kept: RecordedFact) => RecordedFact): string | undefined => {
    try {
      encoder.event(change(recorded(small, {}, 1)));
      return undefined;
    } catch (error) {
      if (error instanceof ContractError) return error.code;
      throw error;
    }
  };

  it.each<[string, unknown]>([
    ['money above 2^53', 2 ** 53],
    ['half a penny', 0.5],
    ['no number', NaN],
    ['a text for money', '8999'],
    ['nothing for money', undefined],
  ])('%s', (_, total) =>
    expect(refusedWith((kept) => ({ ...kept, data: { ...kept.data, total: total as number } }))).toBe('malformed-fact'),
  );

  it('a key without a field, in the data, in a line, in the metadata: the hash could not be computed again', () => {
    expect(refusedWith((kept) => ({ ...kept, data: { ...kept.data, colour: 'red' } }))).toBe('malformed-fact');
    expect(
      refusedWith((kept) => ({ ...kept, data: { ...kept.data, lines: [{ ...small.lines[0]!, colour: 'red' }] } })),
    ).toBe('malformed-fact');
    expect(refusedWith((kept) => ({ ...kept, metadata: { ...kept.metadata, mood: 'good' } as FactMetadata }))).toBe(
      'malformed-fact',
    );
  });

  it('a type that has no field', () =>
    expect(refusedWith((kept) => ({ ...kept, type: 'OrderPainted' }))).toBe('unknown-event-type'));

  it('what is too large for the broker', () =>
    expect(refusedWith((kept) => ({ ...kept, data: { ...kept.data, customerId: 'x'.repeat(1_000_001) } }))).toBe(
      'message-too-large',
    ));
});

describe('a reader that is older than the writer', () => {
  const future = JSON.parse(readSchemaText('OrderEvent')) as { fields: object[] };
  future.fields.push({
    name: 'orderPainted',
    type: ['null', { type: 'record', name: 'OrderPainted', fields: [{ name: 'colour', type: 'string' }] }],
    default: null,
  });
  const writer = avro.Type.forSchema(future as unknown as avro.Type);
  const resolver = orderEvent.createResolver(writer);
  const envelope = {
    eventId: 'e',
    orderId: 'order-8471',
    version: 4,
    schemaVersion: 1,
    occurredAt: 1,
    recordedAt: 2,
    previousHash: noHash,
    hash: noHash,
  };
  const painted = { ...envelope, type: 'OrderPainted', orderPainted: { colour: 'red' } };

  it('says that it does not know the type, with the envelope whole', () => {
    const received = readOrderEvent(orderEvent.fromBuffer(writer.toBuffer(painted), resolver));
    expect(received).toMatchObject({ type: 'OrderPainted', orderId: 'order-8471', version: 4, fact: null, data: null });
    expect(hashHolds(received)).toBeUndefined();
  });

  it('says so of a known type whose shape is from the future', () => {
    const schemaVersion = currentSchemaVersion('OrderPlaced') + 1;
    const kept = { ...recorded(small, {}, 1), schemaVersion };
    expect(readOrderEvent(decode(encoder.event(kept)))).toMatchObject({ schemaVersion, fact: null });
    expect(() => fromStored(kept)).toThrow('older than the one that wrote it');
    expect(() => fromStored({ ...kept, schemaVersion: 0 })).toThrow(ContractError);
    expect(() => fromStored({ ...kept, type: 'OrderPainted' })).toThrow(ContractError);
  });

  it('takes a message that lacks what its type names for malformed, and so all that is no OrderEvent', () => {
    const bare = { ...envelope, type: 'OrderPlaced' };
    expect(() => readOrderEvent(orderEvent.fromBuffer(writer.toBuffer(bare), resolver))).toThrow(
      'carries no OrderPlaced',
    );
    for (const other of [null, undefined, 'OrderPlaced', {}, { type: 'OrderPlaced' }]) {
      expect(() => readOrderEvent(other)).toThrow(ContractError);
    }
  });
});
