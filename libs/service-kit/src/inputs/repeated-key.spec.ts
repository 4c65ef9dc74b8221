import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { repeatedKey } from './repeated-key.js';

const found = (text: string): string | undefined => repeatedKey(text, JSON.parse(text));

describe('a key that stands twice', () => {
  it.each([
    ['{"amount":1,"amount":2}', 'amount'],
    ['{ "amount" : 1 ,\n\t"amount" : 1 }', 'amount'],
    ['{"lines":[{"sku":"A"},{"sku":"B","quantity":1,"sku":"C"}]}', 'lines.1.sku'],
    ['[[1,2],[{"a":{"b":1,"b":2}}]]', '1.0.a.b'],
    ['{"a\\"b":1,"a\\"b":2}', 'a"b'],
    ['{"caf\\u00e9":1,"café":2}', 'café'],
    ['{"":1,"":2}', ''],
    ['{"a":{"x":1},"b":[{"x":2}],"a":3}', 'a'],
  ])('in %s is found', (text, where) => expect(found(text)).toBe(where));

  it.each([
    '{"a":"a","b":"a"}',
    '{"a": "\\"a\\":", "b": ["a", "a"]}',
    '{"a": {"a": {"a": 1}}}',
    '[{"a": 1}, {"a": 1}]',
    '"a"',
    ' 7 ',
  ])('is not found where there is none: %s', (text) => expect(found(text)).toBeUndefined());

  it('is not found in what a program writes, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', '  ', '\t'), (value, indent) => {
        expect(found(JSON.stringify(value, null, indent))).toBeUndefined();
      }),
    );
  });

  it('is found wherever one is put', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (object) => {
        const [first] = Object.entries(object) as [[string, unknown], ...unknown[]];
        const again = `${JSON.stringify(first[0])}: ${JSON.stringify(first[1])}`;
        const text = `${JSON.stringify(object, null, 1).slice(0, -1)}, ${again}}`;
        expect(found(text)).toBe(first[0]);
      }),
    );
  });
});
