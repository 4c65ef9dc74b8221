import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Client } from 'pg';
import {
  BigintArray,
  BytesArray,
  InstantArray,
  IntegerArray,
  JsonbArray,
  TextArray,
  UuidArray,
} from './binary-array.js';
import { canonicalJson } from './canonical-json.js';
import type { Json } from './store.js';

let client: Client;
beforeAll(async () => {
  client = new Client({ connectionString: process.env.DATABASE_URL! });
  await client.connect();
});
afterAll(() => client?.end());

const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((each) => !each.includes('\0'));
const orNull = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.array(fc.option(arbitrary), { maxLength: 60 });

/** What Postgres makes of the array; `shown` as the type is read here. */
async function readBack<Element>(
  array: { put(element: Element | null): void; finish(): Buffer },
  values: (Element | null)[],
  type: string,
  shown = 'value',
) {
  for (const value of values) array.put(value);
  const { rows } = await client.query<{ value: unknown }>(
    `select ${shown} as value from unnest($1::${type}[]) with ordinality as each (value, nth) order by nth`,
    [array.finish()],
  );
  return rows.map((row) => row.value);
}

describe('an array in binary is to Postgres what it is to us', () => {
  const same = async <Element>(
    arbitrary: fc.Arbitrary<Element>,
    make: () => Parameters<typeof readBack<Element>>[0],
    type: string,
    shown?: string,
  ) =>
    fc.assert(
      fc.asyncProperty(orNull(arbitrary), async (values) => {
        expect(await readBack(make(), values, type, shown)).toEqual(values);
      }),
      { numRuns: 50 },
    );

  it('text', () => same(text, () => new TextArray(), 'text'));
  it('bytea', () =>
    same(
      fc.uint8Array({ maxLength: 900 }).map((bytes) => Buffer.from(bytes)),
      () => new BytesArray(),
      'bytea',
    ));
  it('uuid', () => same(fc.uuid(), () => new UuidArray(), 'uuid'));
  it('integer', () => same(fc.integer(), () => new IntegerArray(), 'integer'));
  it('bigint', () => same(fc.maxSafeInteger(), () => new BigintArray(), 'bigint', 'value::float8'));
  it('timestamptz, to the microsecond', () =>
    same(
      fc.maxSafeInteger(),
      () => new InstantArray(),
      'timestamptz',
      '(extract(epoch from value) * 1000000)::float8',
    ));

  it('jsonb', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ stringUnit: 'grapheme' }), { maxLength: 20 }), async (values) => {
        const jsons = values.map((value) => canonicalJson(value));
        const back = await readBack(new JsonbArray(), jsons, 'jsonb');
        expect(back.map((value) => canonicalJson(value as Json))).toEqual(jsons);
      }),
      { numRuns: 50 },
    ));

  it('also once it was cleared and used again', async () => {
    const array = new TextArray();
    await readBack(array, ['a', null, 'c'.repeat(2_000_000)], 'text');
    array.clear();
    expect(await readBack(array, ['d'], 'text')).toEqual(['d']);
    array.clear();
    expect(await readBack(array, [], 'text')).toEqual([]);
  });
});
