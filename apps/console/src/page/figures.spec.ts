import { describe, expect, it } from '@jest/globals';
import { countText, durationText, money, moneyText, rateText, time } from './figures.js';

describe('figures', () => {
  it('are money with its currency, in the digits that the currency has', () => {
    expect(moneyText(123_456_789, 'GBP')).toBe('1,234,567.89 GBP');
    expect(moneyText(-1_000, 'GBP')).toBe('−10.00 GBP');
    expect(moneyText(-(2n ** 63n), 'GBP')).toBe('−92,233,720,368,547,758.08 GBP');
    expect(moneyText(-5n, 'KWD')).toBe('−0.005 KWD');
    expect(moneyText(7_999, 'JPY')).toBe('7,999 JPY');
    expect(money(5, 'KWD').text.replaceAll(/\s/g, '')).toBe('<spanclass="money">0.005<i>KWD</i></span>');
  });

  it('are counts, rates and durations as a person says them', () => {
    expect([0, 999, 1_000, 12_345_678, -1_500].map(countText)).toEqual(['0', '999', '1,000', '12,345,678', '−1,500']);
    expect(countText(2n ** 53n + 1n)).toBe('9,007,199,254,740,993');
    expect([0, 0.04, 5.25, 99.94, 1_234.5].map(rateText)).toEqual(['0', '0.0', '5.3', '99.9', '1,235']);
    expect([0, 12, 1_500, 11_000, 300_000, 36_000_000].map(durationText)).toEqual([
      '0 ms',
      '12 ms',
      '1.5 s',
      '11 s',
      '5 min',
      '10 h',
    ]);
  });

  it('are times in UTC, the zone said, the whole of it to be had', () => {
    expect(time('2026-11-24T14:02:00.000412Z').text).toContain('>2026-11-24 14:02:00<i>UTC</i>');
    expect(time('2026-11-24T14:02:00.000412Z', '2026-11-24').text).toContain('>14:02:00<i>UTC</i>');
    expect(time('2026-11-24T14:02:00.000412Z').text).toContain('title="2026-11-24T14:02:00.000412Z"');
  });
});
