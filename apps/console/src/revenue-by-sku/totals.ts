import { money, moneyText } from '../page/figures.js';
import { html, type Html } from '../page/html.js';
import type { RevenueRow } from '../services/shapes.js';

/** One figure a currency, never one over several. */
export const totalsList = (totals: readonly RevenueRow[], linkOf?: (row: RevenueRow) => string): Html =>
  html`<ul class="totals">
    ${totals.map((row) => {
      const figure = html`<b>${money(row.net, row.currency)}</b>
        <span
          >${moneyText(row.captured, row.currency)} captured, ${moneyText(row.refunded, row.currency)} refunded</span
        >`;
      return html`<li>${linkOf ? html`<a href="${linkOf(row)}">${figure}</a>` : figure}</li>`;
    })}
  </ul>`;
