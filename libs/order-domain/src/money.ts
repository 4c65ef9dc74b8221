import type { Minor } from './order-event.js';

/**
 * The largest amount, 2^53 − 2: every double holds it, and so does Avro's long in JavaScript, whose zigzag form needs
 * the last bit for the sign. That is 90 trillion pounds.
 */
export const MAX_MINOR: Minor = Number.MAX_SAFE_INTEGER - 1;

/** @returns whether an amount (of any sign) is a whole number that survives every way that money takes here. */
export const isMinor = (amount: number): boolean => Number.isSafeInteger(amount) && Math.abs(amount) <= MAX_MINOR;

/** @throws RangeError above MAX_MINOR: what may come from outside is checked by `decide` and refused there. */
export function add(a: Minor, b: Minor): Minor {
  const sum = a + b;
  if (!isMinor(sum)) throw new RangeError(`${a} + ${b} is no amount of money`);
  return sum;
}

/** @throws RangeError below −MAX_MINOR. */
export const subtract = (a: Minor, b: Minor): Minor => add(a, -b);

/** @returns floor(a × b ÷ c) and what it leaves, exactly, for whole numbers ≥ 0 and c > 0. */
export function multiplyAndDivide(a: number, b: number, c: number): { quotient: number; remainder: number } {
  const product = a * b;
  if (product <= Number.MAX_SAFE_INTEGER) {
    const remainder = product % c;
    return { quotient: (product - remainder) / c, remainder };
  }
  const exact = BigInt(a) * BigInt(b);
  const divisor = BigInt(c);
  return { quotient: Number(exact / divisor), remainder: Number(exact % divisor) };
}

/**
 * Spreads an amount over weights by largest remainder: each part is its exact share, rounded down or up, and the parts
 * add up to the amount. Of equal remainders the first comes first, so the same question has the same answer.
 *
 * No part is larger than its weight as long as the amount is no larger than their sum, and what weighs nothing gets
 * nothing: with what is left on each line as weights, no line can go above its share.
 * @param amount ≥ 0
 * @param weights negative ones count as 0; where none weighs anything, the first takes all
 */
export function allocate(amount: Minor, weights: readonly number[]): Minor[] {
  const parts = new Array<Minor>(weights.length).fill(0);
  if (weights.length === 0 || amount <= 0) return parts;
  const whole = weights.reduce((sum, weight) => sum + Math.max(0, weight), 0);
  if (whole === 0) {
    parts[0] = amount;
    return parts;
  }
  let left = amount;
  const remainders: { index: number; remainder: number }[] = [];
  for (let index = 0; index < weights.length; index++) {
    const { quotient, remainder } = multiplyAndDivide(amount, Math.max(0, weights[index]!), whole);
    parts[index] = quotient;
    left -= quotient;
    if (remainder > 0) remainders.push({ index, remainder });
  }
  if (left > 0) {
    remainders.sort((a, b) => b.remainder - a.remainder || a.index - b.index);
    for (const { index } of remainders.slice(0, left)) parts[index]! += 1;
  }
  return parts;
}
