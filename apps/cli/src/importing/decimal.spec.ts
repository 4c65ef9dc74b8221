import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDecimal, parseDecimal, penniesOf } from './decimal.js';

const decimal = (text: string) => {
  const read = parseDecimal(text);
  if (typeof read === 'string') throw new Error(`${text}: ${read}`);
  return read;
};
const pennies = (quantity: number, price: string) => penniesOf(BigInt(quantity), decimal(price));

describe('a decimal number', () => {
  it.each([
    ['2.1', '2.1'],
    ['6.950', '6.95'],
    ['007', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0.00', '0'],
    ['+1e3', '1000'],
    ['1.5E-2', '0.015'],
    [' 4.25 ', '4.25'],
    ['-53594.36', '-53594.36'],
  ])('is read from %s as %s', (text, plain) => expect(formatDecimal(decimal(text))).toBe(plain));

  it.each(['', '.', '-', '1,5', '0x10', 'NaN', 'Infinity', '1e', '1.2.3', '£4'])('is not %p', (text) =>
    expect(parseDecimal(text)).toBe('not-a-number'),
  );

  it.each(['1e999', '1e-999', '1'.repeat(61), `0.${'1'.repeat(61)}`])('is refused where it is too long: %s', (text) =>
    expect(parseDecimal(text)).toBe('too-long'),
  );

  it('comes out as it was written, at any size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(20), (coefficient, scale) => {
        const text = formatDecimal({ coefficient, scale });
        const read = decimal(text);
        expect(read.coefficient * 10n ** BigInt(scale - read.scale)).toBe(coefficient);
      }),
    );
  });
});

describe('quantity × price in pennies', () => {
  it.each([
    [12, '6.95', 8340n],
    [1, '0.005', 1n],
    [-1, '0.005', -1n],
    [1, '0.0049', 0n],
    [-1, '0.0049', 0n],
    [1, '1.005', 101n], // as floats, 1.005 × 100 is 100.49999999999999
    [3, '0.001', 0n],
    [5, '0.001', 1n],
    [1, '-53594.36', -5359436n],
    [-2, '-0.0025', 1n],
    [0, '9.99', 0n],
    [9600, '0.001', 960n],
  ])('%i × %s', (quantity, price, expected) => expect(pennies(quantity, price)).toBe(expected));
});
