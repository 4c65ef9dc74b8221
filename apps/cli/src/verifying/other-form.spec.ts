import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, type Json } from '@orderlog/event-store';
import { otherForm } from './other-form.js';

describe('a JSON text', () => {
  it.each([
    ['{"total": 150.0}', 'total is 150.0, which no fact keeps so'],
    ['{"lines": [{"amount": 1.50}]}', 'amount is 1.50, which no fact keeps so'],
    ['{"note": null}', 'note is null, which no fact keeps'],
    ['null', 'all of it is null, which no fact keeps'],
    [`{"total": 1${'0'.repeat(400)}}`, `total is 1${'0'.repeat(39)}…, which no fact keeps so`],
    ['{"total": 9007199254740993}', 'total is 9007199254740993, which no fact keeps so'],
  ])('%s is another form than is hashed', (text, says) => expect(otherForm(text)).toBe(says));

  it('that holds the like within a text is as it was kept', () =>
    expect(otherForm('{"reason": "null, 1.0 and 99999999999999999999"}')).toBeUndefined());

  it('is as it was kept whenever it is canonical, also where Postgres spells numbers without an exponent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(withoutNulls(value) as Json);
        expect(otherForm(text)).toBeUndefined();
      }),
    );
    expect(otherForm('[0.0000001, 1000000000000000000000, 0.5, -15000000000000000000000]')).toBeUndefined();
  });
});

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(withoutNulls);
  if (value === null) return 0;
  if (typeof value !== 'object') return typeof value === 'string' ? value.replaceAll('\0', '') : value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => inner !== null && !key.includes('\0'))
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}
