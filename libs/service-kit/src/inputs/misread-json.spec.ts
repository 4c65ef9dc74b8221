import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { misreadJson } from './misread-json.js';

const misread = (text: string) => misreadJson(text, JSON.parse(text));
const found = (text: string): string | undefined => misread(text)?.field;

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

describe('a number that no double holds', () => {
  it.each([
    ['{"amount":8999.99999999999999999}', 'amount', 9000],
    ['{"amount": 9007199254740993}', 'amount', 9007199254740992],
    ['{"lines":[{"unitPrice":1},{"unitPrice":1.00000000000000001}]}', 'lines.1.unitPrice', 1],
    ['{"a":[0,1e400]}', 'a.1', Infinity],
    ['[-0.1,1e-400]', '1', 0],
    ['12345678901234567890', '', 12345678901234567000],
  ])('in %s is found', (text, field, became) => expect(misread(text)).toEqual({ field, became }));

  it.each([
    '{"amount": 1e3, "quantity": 1.0, "b": 0.10, "c": -0, "d": 0e99, "e": 12E-1, "f": true, "g": null}',
    '{"amount": 9007199254740991, "b": 1E+21, "c": 0.1, "d": [100 , 1.50]}',
    '{"a": "9007199254740993", "9007199254740993": 1}',
    `{"a": 1${'0'.repeat(300)}.${'0'.repeat(1_000)}}`,
  ])('is not found where there is none: %s', (text) => expect(misread(text)).toBeUndefined());

  it('is found wherever its digits are not those that are kept', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(25), (digits, scale) => {
        const text = `{"a": ${digits}e-${scale}}`;
        const [kept = '', power = '0'] = Number(`${digits}e-${scale}`).toExponential().split('e');
        const decimals = kept.split('.')[1]?.length ?? 0;
        // digits · 10^-scale = kept · 10^power, in whole numbers
        const [left, right] = [digits, BigInt(kept.replace('.', ''))];
        const shift = Number(power) - decimals + scale;
        const exact = shift >= 0 ? left === right * 10n ** BigInt(shift) : left * 10n ** BigInt(-shift) === right;
        expect(misread(text) === undefined).toBe(exact);
      }),
    );
  });
});
