import { describe, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';
import type { Json } from './store.js';

const withoutNulls = (value: Json | undefined): Json | undefined => {
  if (Array.isArray(value)) return value.map((element) => withoutNulls(element) ?? null);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
};

describe('canonical JSON', () => {
  it('is what the reference implementation of RFC 8785 writes, once nulls are left out of objects', () => {
    const text = fc.string({ unit: 'binary' }).filter((each) => !each.includes('\0'));
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('json'), { maxLength: 5 }),
        fc.dictionary(text, tie('json'), { maxKeys: 30 }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(withoutNulls(value)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes the numbers and the order of the RFC’s own example', () => {
    expect(
      canonicalJson({
        numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0],
        string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
        literals: [null, true, false],
      }),
    ).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('keeps empty objects, and drops null and undefined at every depth', () => {
    expect(canonicalJson({ b: {}, a: null, c: { d: undefined, e: { f: null } } })).toBe('{"b":{},"c":{"e":{}}}');
  });

  it.each([
    [NaN],
    [Infinity],
    ['\ud800'],
    ['a\0'],
    [{ '\udc00': 1 }],
    [10n],
    [new Date()],
    [Buffer.from('a')],
    [() => 1],
  ])('refuses what no JSON can say or Postgres cannot keep: %p', (value) =>
    expect(() => canonicalJson(value as Json)).toThrow(TypeError),
  );
});
