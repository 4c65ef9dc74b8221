import { countText, money } from '../page/figures.js';
import { bar } from '../page/figures-as-pictures.js';
import { html, type Html } from '../page/html.js';
import { linkTo } from '../page/link-to.js';
import { sku as skuLink } from '../page/order-words.js';
import { unansweredBox } from '../page/unanswered.js';
import type { Answer } from '../services/service.js';
import type { RevenueRow } from '../services/shapes.js';
import { rangeText, sentenceStart, type AskedRevenue } from './asked.js';
import { daysChart } from './days-chart.js';
import { descending, largestOf, totalsList } from './totals.js';

type Rows = Answer<{ rows: RevenueRow[]; nextCursor: string | null }>;

const shownAtFirst = 200;
const ranges = [7, 30, 90, 365, 36_600];

/** Revenue of a range of days by SKU; every number leads to the events behind it. */
export function revenuePage(
  asked: AskedRevenue,
  { totals, days, rows }: { totals: Rows; days: Rows; rows: Rows },
): Html {
  const { like, currency, by = 'net' } = asked;
  const here = (changed: Partial<Record<keyof AskedRevenue, string | number | undefined>>): string =>
    linkTo('/revenue', { ...asked, ...changed });
  return html`<h1>Revenue by SKU</h1>
    <p class="lead">
      ${sentenceStart(rangeText(asked))}${currency && `, ${currency} only`}: a capture counts on its day, a refund on
      the day it is initiated.
    </p>
    <form class="filters" action="/revenue">
      <span class="choices" role="group" aria-label="Days">
        ${ranges.map(
          (days) =>
            html`<a
              href="${here({ days, from: undefined, to: undefined })}"
              ${isRange(asked, days) && html`aria-current="true"`}
              >${days === 36_600 ? 'all' : `${days} d`}</a
            >`,
        )}
      </span>
      <label>From <input type="date" name="from" value="${asked.from}" /></label>
      <label>to <input type="date" name="to" value="${asked.to}" /></label>
      <label>SKU <input name="like" value="${like}" placeholder="part of it" size="12" /></label>
      <label
        >Currency
        <input name="currency" value="${currency}" placeholder="all" size="4" maxlength="3" pattern="[A-Z]{3}"
      /></label>
      ${asked.days !== undefined && html`<input type="hidden" name="days" value="${asked.days}" />`}
      <button>Show</button>
    </form>
    <div id="totals" data-live>
      ${
        totals.ok
          ? totals.value.rows.length === 0
            ? html`<p class="empty">No revenue ${rangeText(asked)}.</p>`
            : totalsList(totals.value.rows, (row) => here({ currency: row.currency }))
          : unansweredBox(totals, 'Revenue')
      }
      ${days.ok && days.value.rows.length > 1 && daysChart(days.value.rows, (day) => here({ days: undefined, from: day, to: day }))}
    </div>
    <div id="skus" data-live>
      ${rows.ok && rows.value.rows.length > 0 && skuTable(rows.value.rows, { asked, by, here })}
    </div>`;
}

const isRange = ({ days, from, to }: AskedRevenue, choice: number): boolean =>
  from === undefined && to === undefined && (days ?? 90) === choice;

function skuTable(
  rows: readonly RevenueRow[],
  at: { asked: AskedRevenue; by: string; here: (changed: Record<string, string | undefined>) => string },
): Html {
  const { asked, by, here } = at;
  const wanted = asked.like?.toLowerCase();
  const found = wanted === undefined ? [...rows] : rows.filter(({ sku = '' }) => sku.toLowerCase().includes(wanted));
  const sorted = by === 'sku' ? found : found.sort((left, right) => descending(left[by as 'net'], right[by as 'net']));
  const shown = asked.all ? sorted : sorted.slice(0, shownAtFirst);
  const largest = new Map(
    [...Map.groupBy(found, ({ currency }) => currency)].map(([currency, its]) => [
      currency,
      largestOf(its.map(({ net }) => net)),
    ]),
  );
  const head = (key: string, text: string, n = true): Html =>
    html`<th scope="col" class="${n && 'n'}" aria-sort="${by === key && (key === 'sku' ? 'ascending' : 'descending')}">
      <a href="${here({ by: key })}">${text}</a>
    </th>`;
  return html`<table class="rows wide">
      <thead>
        <tr>
          ${head('sku', 'SKU', false)}
          <th class="b" aria-hidden="true"></th>
          ${head('units', 'Units')}
          <th scope="col" class="n">Captured</th>
          ${head('refunded', 'Refunded')} ${head('net', 'Net')}
        </tr>
      </thead>
      <tbody>
        ${shown.map(({ sku = '', currency, units, captured, refunded, net }) => {
          const { days, from, to } = asked;
          return html`<tr>
            <td>${skuLink(sku, linkTo('/revenue/sku', { sku, currency, days, from, to }))}</td>
            <td class="b">${bar(net, largest.get(currency) ?? 0n)}</td>
            <td class="n">${countText(units)}</td>
            <td class="n">${money(captured, currency)}</td>
            <td class="n">${money(refunded, currency)}</td>
            <td class="n">${money(net, currency)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
    <p class="more">
      ${countText(shown.length)} of ${countText(found.length)}.
      ${shown.length < found.length && html`<a href="${here({ all: '1' })}">All of them</a>`}
    </p>`;
}
