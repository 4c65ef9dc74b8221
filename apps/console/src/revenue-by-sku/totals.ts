import { money, moneyText } from '../page/figures.js';
import { html, type Html } from '../page/html.js';
import type { RevenueRow } from '../services/shapes.js';

/** For sorting: the larger one first. */
export const descending = (left: bigint, right: bigint): number => (left < right ? 1 : left > right ? -1 : 0);
export const largestOf = (sums: readonly bigint[]): bigint =>
  sums.reduce((largest, sum) => (sum > largest ? sum : largest), 0n);

/** One figure a currency, never one over several; the one that sold the most units first. */
export const totalsList = (totals: readonly RevenueRow[], linkOf?: (row: RevenueRow) => string): Html =>
  html`<ul class="totals">
    ${totals
      .toSorted((left, right) => descending(left.units, right.units))
      .map((row) => {
        const isLong = moneyText(row.net, row.currency).length > 16;
        const figure = html`<b class="${isLong && 'long'}">${money(row.net, row.currency)}</b>
          <span>${moneyText(row.captured, row.currency)} captured</span>
          <span>${moneyText(row.refunded, row.currency)} refunded</span>`;
        return html`<li>${linkOf ? html`<a href="${linkOf(row)}">${figure}</a>` : figure}</li>`;
      })}
  </ul>`;
