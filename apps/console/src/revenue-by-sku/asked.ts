import { wholeNumber } from '@orderlog/service-kit';
import { z } from 'zod';
import { given } from '../page/given.js';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-11-24');
const range = {
  days: given(wholeNumber('today (UTC) and the days before', 1, 36_600)),
  from: given(day),
  to: given(day),
  currency: given(z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters')),
};
export const askedRevenue = z.strictObject({
  ...range,
  /** Part of a SKU, in any case. */
  like: given(z.string().max(200)),
  by: given(z.enum(['net', 'units', 'refunded', 'sku'])),
  all: given(z.literal('1')),
});
export const askedSku = z.strictObject({
  ...range,
  sku: z.string().min(1).max(512),
  cursor: given(z.string().max(4_096)),
});
export type AskedRevenue = z.output<typeof askedRevenue>;
export type AskedSku = z.output<typeof askedSku>;
type Range = Pick<AskedRevenue, 'days' | 'from' | 'to' | 'currency'>;

/** The days (and currency) that were asked for, as the projection wants them: a number of days, or from and to. */
export function filtersOf({ days, from, to, currency }: Range): Record<string, string> {
  return {
    ...(from === undefined && to === undefined ? { days: String(days ?? 90) } : {}),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(currency === undefined ? {} : { currency }),
  };
}

/** The range in words. */
export function rangeText({ days, from, to }: Range): string {
  if (from !== undefined && from === to) return `on ${from} UTC`;
  if (from !== undefined && to !== undefined) return `from ${from} to ${to} UTC`;
  if (from !== undefined) return `since ${from} UTC`;
  if (to !== undefined) return `up to ${to} UTC`;
  return `the last ${days ?? 90} days`;
}

export const sentenceStart = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
