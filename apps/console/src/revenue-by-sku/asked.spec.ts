import { describe, expect, it } from '@jest/globals';
import { linkTo } from '../page/link-to.js';
import { askedRevenue, filtersOf, rangeText } from './asked.js';

describe('what a page of revenue is asked for', () => {
  it('is 90 days where nothing else is said, and a form may leave fields empty', () => {
    const asked = askedRevenue.parse({ days: '', from: '', to: '', currency: '', like: '' });
    expect(filtersOf(asked)).toEqual({ days: '90' });
    expect(rangeText(asked)).toBe('the last 90 days');
  });

  it('is never a number of days and a range at once', () => {
    const asked = askedRevenue.parse({ days: '7', from: '2026-11-01', currency: 'GBP' });
    expect(filtersOf(asked)).toEqual({ from: '2026-11-01', currency: 'GBP' });
    expect(rangeText(asked)).toBe('since 2026-11-01 UTC');
  });

  it('goes into addresses as it is, whatever stands in it', () => {
    expect(linkTo('/revenue/sku', { sku: '47503J &', days: 7, currency: undefined })).toBe(
      '/revenue/sku?sku=47503J+%26&days=7',
    );
  });
});
