import { formatAmount } from '@orderlog/order-domain';
import { html, type Html } from './html.js';

/** 1234567 is `1,234,567`; a thin sign for less than nothing. */
export const grouped = (digits: string): string =>
  digits.replace('-', '−').replace(/^(\D*)(\d+)/, (_, sign: string, whole: string) => {
    return sign + whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  });

/** A whole number as a person reads it. */
export const countText = (count: number | bigint): string =>
  grouped(String(typeof count === 'bigint' ? count : Math.round(count)));

/** Minor units with their currency: 123456 GBP is `1,234.56 GBP`. */
export const moneyText = (minor: number | bigint, currency: string): string =>
  `${grouped(formatAmount(minor, currency))} ${currency}`;

/** The amount and, smaller, its currency. */
export const money = (minor: number | bigint, currency: string): Html =>
  html`<span class="money${minor < 0 ? ' less' : ''}"
    >${grouped(formatAmount(minor, currency))}<i>${currency}</i></span
  >`;

/** Per second: a digit behind the point while it is small. */
export const rateText = (perSecond: number): string =>
  perSecond === 0 || perSecond >= 100 ? countText(perSecond) : perSecond.toFixed(1);

/** How long, in the unit that a person would take. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

/** `2026-11-24 14:02:00 UTC`, with the whole of it (microseconds) to be had; only the clock where `day` is the same. */
export function time(rfc3339: string, day?: string): Html {
  const [date, clock] = [rfc3339.slice(0, 10), rfc3339.slice(11, 19)];
  return html`<time datetime="${rfc3339}" title="${rfc3339}"
    >${date === day ? '' : `${date} `}${clock}<i>UTC</i></time
  >`;
}
