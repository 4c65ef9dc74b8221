import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import fc from 'fast-check';
import { fold, formatMoney, type OrderEvent } from '@orderlog/order-domain';
import { canonicalBytes, canonicalDocument, hashOf, noHash } from './canonical-document.js';
import { avroType, fieldOf, messageEncoder } from './encoder.js';
import { hashHolds, readOrderEvent } from './received-event.js';
import {
  currentSchemaVersion,
  fromStored,
  isOrderEventType,
  orderEventTypes,
  toStored,
  type StoredFact,
} from './stored-fact.js';

/** A fact as some release kept it, and what it says in the words of today. */
interface Example {
  stored: StoredFact;
  readsAs: OrderEvent;
}

const directory = new URL('../../../schemas/stored/', import.meta.url);
const nameOf = ({ type, schemaVersion }: Pick<StoredFact, 'type' | 'schemaVersion'>): string =>
  `${type}.v${schemaVersion}.json`;
const exampleOf = (file: string): Example => JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as Example;

const everReleased = orderEventTypes.flatMap((type) =>
  Array.from({ length: currentSchemaVersion(type) }, (_, index) => ({ type, schemaVersion: index + 1 })),
);
const files = readdirSync(directory).sort();

describe('every shape that a fact has ever had', () => {
  it('has an example in schemas/stored, and there are no others', () => {
    // One is missing: a new version of a shape needs the example of a fact as it keeps it.
    // One is too many: a version that was released is gone from stored-fact.ts, and its facts would be unreadable.
    expect(files).toEqual(everReleased.map(nameOf).sort());
  });

  it.each(files)('%s is read as the fact that it is today', (file) => {
    const { stored, readsAs } = exampleOf(file);
    expect(nameOf(stored)).toBe(file);
    expect(fromStored(stored)).toEqual(readsAs);
  });

  it.each(files)('%s goes out and comes back exactly as it is stored, and so does its hash', (file) => {
    const { stored, readsAs } = exampleOf(file);
    const encoder = messageEncoder({ OrderEvent: 7, OrderState: 8, OrderAttempt: 9 });
    const kept = {
      ...stored,
      ...{ eventId: '019abc12-7def-7000-8000-0123456789ab', stream: 'order-8471', version: 1, position: 1 },
      ...{ occurredAt: 1, recordedAt: 2, metadata: { actor: 'agent 17' }, previousHash: noHash },
    };
    const hash = hashOf(noHash, canonicalBytes(canonicalDocument({ ...kept, orderId: kept.stream })));
    const received = readOrderEvent(
      avroType('OrderEvent').fromBuffer(encoder.event({ ...kept, hash }).subarray(5)) as unknown,
    );
    expect(received.data).toEqual(stored.data);
    expect(received.fact).toEqual(readsAs);
    expect(hashHolds(received)).toBe(true);
  });

  it.each(orderEventTypes)('%s is kept today as its newest example is: another shape needs another version', (type) => {
    const { stored, readsAs } = exampleOf(nameOf({ type, schemaVersion: currentSchemaVersion(type) }));
    expect(toStored(readsAs)).toEqual(stored);
    const union = (avroType('OrderEvent') as avro.types.RecordType).fields.find(({ name }) => name === fieldOf(type))!
      .type as avro.types.UnwrappedUnionType;
    const known = (union.types[1] as avro.types.RecordType).fields.map(({ name }) => name);
    expect(Object.keys(stored.data).filter((key) => !known.includes(key))).toEqual([]);
  });
});

describe('an order that was placed before anybody asked where orders come from', () => {
  const line = fc.record({
    line: fc.integer({ min: 1, max: 99 }),
    sku: fc.string(),
    quantity: fc.integer({ min: 1, max: 999 }),
    unitPrice: fc.nat(99_999),
    amount: fc.nat(99_999),
  });
  const anyV1 = fc
    .record(
      {
        customerId: fc.string(),
        customer: fc.record({ keyId: fc.string(), sealed: fc.base64String() }),
        currency: fc.constantFrom('GBP', 'JPY', 'KWD'),
        lines: fc.array(line, { minLength: 1, maxLength: 5 }),
        total: fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER - 1)),
      },
      { requiredKeys: ['currency', 'lines', 'total'] },
    )
    .map((data) => ({ type: 'OrderPlaced', schemaVersion: 1, data }));

  it('is read as version 2, whatever it says: its channel is unknown, and all else as it was', () => {
    fc.assert(
      fc.property(anyV1, (stored) => {
        const before = structuredClone(stored);
        const { type, channel, customerId, ...others } = fromStored(stored) as OrderEvent & { type: 'OrderPlaced' };
        const { customerId: kept = null, ...rest } = stored.data;
        expect({ type, channel, customerId }).toEqual({ type: 'OrderPlaced', channel: 'unknown', customerId: kept });
        expect(others).toEqual(rest);
        expect(stored).toEqual(before);
        // Kept again it would be a fact of today, which is read as the same.
        const again = toStored(fromStored(stored));
        expect(again.schemaVersion).toBe(2);
        expect(fromStored(again)).toEqual(fromStored(stored));
      }),
    );
  });

  it('has the money that it had', () => {
    fc.assert(
      fc.property(anyV1, (stored) => {
        const order = fold([fromStored(stored)]);
        const { total, lines, currency } = stored.data as { total: number; lines: unknown; currency: string };
        expect(order).toMatchObject({ total, placedTotal: total, currency, captured: 0, refunded: 0 });
        expect(order.lines).toEqual(lines);
        expect(order.tallies.reduce((sum, { share }) => sum + BigInt(share), 0n)).toBe(BigInt(total));
        expect(formatMoney(order.total, currency)).toBe(formatMoney(total, currency));
      }),
    );
  });
});

it('reads types by their own names only', () => expect(isOrderEventType('constructor')).toBe(false));
