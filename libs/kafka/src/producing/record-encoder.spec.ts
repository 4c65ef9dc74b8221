import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeRecord, type Record } from './record-encoder.js';

const require = createRequire(import.meta.url);
/** What kafkajs itself writes; this file loads it without our mends. */
const kafkajsRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: Record) => { buffer: Buffer };

const bytes = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((one) => Buffer.from(one)),
);
const records = fc.record({
  offsetDelta: fc.nat(1_000_000),
  timestampDelta: fc.oneof(fc.nat(1_000), fc.nat(2 ** 40)),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })),
    { maxKeys: 7, noNullPrototype: true },
  ),
});

describe('a record', () => {
  it('has the very bytes that kafkajs writes', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(encodeRecord(record).equals(kafkajsRecord(record).buffer)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
