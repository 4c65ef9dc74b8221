import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount, formatMoney, isCurrency, minorDigits } from './currency.js';
import { add, allocate, isMinor, MAX_MINOR, multiplyAndDivide, subtract } from './money.js';

const amount = fc.oneof(
  fc.nat(1000),
  fc.maxSafeNat().map((n) => Math.min(n, MAX_MINOR)),
);

describe('an allocation', () => {
  it('rounds by largest remainder, and the first comes first', () => {
    expect(allocate(1_00, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(allocate(10, [5, 3, 1])).toEqual([6, 3, 1]); // 5.56, 3.33, 1.11
    expect(allocate(1, [0, 0, 7])).toEqual([0, 0, 1]);
    expect(allocate(0, [1, 2])).toEqual([0, 0]);
    expect(allocate(5, [0, 0])).toEqual([5, 0]);
    expect(allocate(5, [])).toEqual([]);
  });

  it('adds up exactly, no part is a whole unit off its exact share, and what weighs nothing gets nothing', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { minLength: 1, maxLength: 12 }), (whole, weights) => {
        const sum = weights.reduce((total, weight) => total + BigInt(weight), 0n);
        fc.pre(sum > 0n && sum <= BigInt(Number.MAX_SAFE_INTEGER));
        const parts = allocate(whole, weights);
        expect(parts.reduce((total, part) => total + BigInt(part), 0n)).toBe(BigInt(whole));
        for (const [index, part] of parts.entries()) {
          const exact = (BigInt(whole) * BigInt(weights[index]!)) / sum;
          expect(BigInt(part) - exact === 0n || BigInt(part) - exact === 1n).toBe(true);
          if (weights[index] === 0) expect(part).toBe(0);
          if (BigInt(whole) <= sum) expect(part).toBeLessThanOrEqual(weights[index]!);
        }
      }),
    );
  });
});

it('multiplies and divides exactly where doubles cannot', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.maxSafeNat(), (a, b, c) => {
      fc.pre(c > 0 && (BigInt(a) * BigInt(b)) / BigInt(c) <= BigInt(Number.MAX_SAFE_INTEGER));
      const { quotient, remainder } = multiplyAndDivide(a, b, c);
      expect(BigInt(quotient) * BigInt(c) + BigInt(remainder)).toBe(BigInt(a) * BigInt(b));
      expect(remainder).toBeLessThan(c);
    }),
  );
});

describe('an amount', () => {
  it('is added and subtracted as long as it can be held', () => {
    expect(add(1, 2)).toBe(3);
    expect(subtract(1, 2)).toBe(-1);
    expect(() => add(MAX_MINOR, 1)).toThrow(RangeError);
    expect(() => subtract(-MAX_MINOR, 1)).toThrow(RangeError);
    expect(() => add(0.1, 0.2)).toThrow(RangeError);
    expect(isMinor(NaN)).toBe(false);
  });

  it('is written as a person writes it', () => {
    expect(formatMoney(79_99, 'GBP')).toBe('79.99 GBP');
    expect(formatMoney(5, 'GBP')).toBe('0.05 GBP');
    expect(formatMoney(-5, 'EUR')).toBe('-0.05 EUR');
    expect(formatMoney(7999, 'JPY')).toBe('7999 JPY');
    expect(formatMoney(1_234_567, 'KWD')).toBe('1234.567 KWD');
    expect(formatAmount(0, 'USD')).toBe('0.00');
    expect(formatAmount(MAX_MINOR, 'GBP')).toBe('90071992547409.90');
  });

  it('has the digits that ISO 4217 gives its currency', () => {
    expect([minorDigits('JPY'), minorDigits('GBP'), minorDigits('BHD'), minorDigits('CLF')]).toEqual([0, 2, 3, 4]);
    expect(isCurrency('GBP')).toBe(true);
    for (const none of ['gbp', 'XXX', 'XTS', 'GB', '']) expect(isCurrency(none)).toBe(false);
  });
});
