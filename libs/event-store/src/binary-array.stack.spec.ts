import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Client } from 'pg';
import { bigintArray, binaryArray, byteaArray, textArray } from './binary-array.js';
import type { BinaryFields } from './binary-fields.js';
import { canonicalJson } from './canonical-json.js';
import type { Json } from './store.js';

let client: Client;
beforeAll(async () => {
  client = new Client({ connectionString: process.env.DATABASE_URL! });
  await client.connect();
});
afterAll(() => client?.end());

/** What Postgres makes of the array; `shown` as the type is read here. */
async function readBack(array: Buffer, type: string, shown = 'value'): Promise<unknown[]> {
  const { rows } = await client.query<{ value: unknown }>(
    `select ${shown} as value from unnest($1::${type}[]) with ordinality as each (value, nth) order by nth`,
    [array],
  );
  return rows.map((row) => row.value);
}

const elementTypes = { uuid: 2950, integer: 23, timestamptz: 1184, jsonb: 3802 };

describe('what is put in in binary is to Postgres what it is to us', () => {
  const same = async <Value>(
    arbitrary: fc.Arbitrary<Value>,
    array: (values: Value[]) => Buffer,
    type: string,
    shown?: string,
  ) =>
    fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { maxLength: 60 }), async (values) => {
        expect(await readBack(array(values), type, shown)).toEqual(values);
      }),
      { numRuns: 50 },
    );
  const arrayOf =
    <Value>(type: keyof typeof elementTypes, put: (fields: BinaryFields, value: Value) => void) =>
    (values: (Value | null)[]) =>
      binaryArray(elementTypes[type], values, put);

  it('text', () =>
    same(
      fc.string({ unit: 'binary', maxLength: 40 }).filter((each) => !each.includes('\0')),
      textArray,
      'text',
    ));
  it('text that outgrows the memory that there is', async () => {
    const texts = ['a', 'ç'.repeat(2_000_000), 'b'];
    expect(await readBack(textArray(texts), 'text')).toEqual(texts);
  });
  it('bytea, or null', () =>
    same(fc.option(fc.uint8Array({ maxLength: 900 }).map((bytes) => Buffer.from(bytes))), byteaArray, 'bytea'));
  it('bigint', () => same(fc.maxSafeInteger(), bigintArray, 'bigint', 'value::float8'));
  it('uuid', () =>
    same(
      fc.option(fc.uuid()),
      arrayOf('uuid', (fields, value) => fields.putUuid(value)),
      'uuid',
    ));
  it('integer', () =>
    same(
      fc.option(fc.integer()),
      arrayOf('integer', (fields, value) => fields.putInteger(value)),
      'integer',
    ));
  it('timestamptz, to the microsecond', () =>
    same(
      fc.maxSafeInteger(),
      arrayOf('timestamptz', (fields, value) => fields.putInstant(value)),
      'timestamptz',
      '(extract(epoch from value) * 1000000)::float8',
    ));
  it('jsonb', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ stringUnit: 'grapheme' }), { maxLength: 20 }), async (values) => {
        const jsons = values.map((value) => canonicalJson(value));
        const back = await readBack(arrayOf('jsonb', (fields, json: string) => fields.putJson(json))(jsons), 'jsonb');
        expect(back.map((value) => canonicalJson(value as Json))).toEqual(jsons);
      }),
      { numRuns: 50 },
    ));
});
