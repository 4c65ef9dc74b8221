import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import { canonicalBytes, canonicalDocument, hashOf } from './canonical-document.js';
import { avroType } from './encoder.js';
import { hashHolds, metadataOf, readOrderEvent } from './received-event.js';
import { orderEventTypes, type Data } from './stored-fact.js';

interface Vectors {
  schema: string;
  vectors: { name: string; schema?: string; previousHash: string; canonical: string; hash: string; avro: string }[];
}

/** What subscribers in other languages check their own code against. */
const schemas = new URL('../../../schemas/', import.meta.url);
const { schema, vectors } = JSON.parse(readFileSync(new URL('test-vectors.json', schemas), 'utf8')) as Vectors;
const reader = avroType('OrderEvent');
const writtenWith = (name: string) =>
  reader.createResolver(avro.Type.forSchema(JSON.parse(readFileSync(new URL(name, schemas), 'utf8')) as avro.Type));

describe('the published test vectors', () => {
  it.each(vectors)('hold: $name', ({ schema: own, previousHash, canonical, hash, avro: message }) => {
    const previous = Buffer.from(previousHash, 'hex');
    expect(canonicalBytes(JSON.parse(canonical) as Data).toString()).toBe(canonical);
    expect(hashOf(previous, Buffer.from(canonical)).toString('hex')).toBe(hash);

    const received = readOrderEvent(reader.fromBuffer(Buffer.from(message, 'hex'), writtenWith(own ?? schema)));
    const document = canonicalDocument({ ...received, data: received.data!, metadata: metadataOf(received) });
    expect(canonicalBytes(document).toString()).toBe(canonical);
    expect(hashHolds(received)).toBe(true);
    expect([received.previousHash.toString('hex'), received.hash.toString('hex')]).toEqual([previousHash, hash]);
  });

  it('have a fact of every type, and chains that hang together', () => {
    const documents = vectors.map(({ canonical }) => JSON.parse(canonical) as { type: string; version: number });
    expect(new Set(documents.map(({ type }) => type))).toEqual(new Set(orderEventTypes));
    for (const [index, { version }] of documents.entries()) {
      const expected = version === 1 ? '0'.repeat(64) : vectors[index - 1]!.hash;
      expect(vectors[index]!.previousHash).toBe(expected);
    }
  });
});
