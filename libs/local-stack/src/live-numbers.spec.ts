import { expect, it } from '@jest/globals';
import { amountText } from './live-numbers.js';

it.each([
  [123_456_789, 'GBP', 'GBP 1,234,567.89'],
  [7_999, 'JPY', 'JPY 7,999'],
  [5, 'KWD', 'KWD 0.005'],
  [1_234, 'IQD', 'IQD 1.234'],
  [123_456, 'HUF', 'HUF 1,234.56'],
  [9_007_199_254_740_990, 'GBP', 'GBP 90,071,992,547,409.90'],
  [-1_000, 'EUR', '-EUR 10.00'],
])('says %d minor units of %s in the digits that the currency has', (minor, currency, text) =>
  expect(amountText(minor, currency)).toBe(text),
);
