import { countText, money, time } from '../page/figures.js';
import { html, type Html } from '../page/html.js';
import { linkTo } from '../page/link-to.js';
import { factText, orderId } from '../page/order-words.js';
import { unansweredBox } from '../page/unanswered.js';
import type { Answer } from '../services/service.js';
import type { RevenueEntry, RevenueRow } from '../services/shapes.js';
import { rangeText, sentenceStart, type AskedSku } from './asked.js';
import { daysChart } from './days-chart.js';
import { totalsList } from './totals.js';

type Rows<T> = Answer<{ rows: T[]; nextCursor: string | null }>;

/** One SKU: its days, and the events behind the number, each leading to the fact in its order. */
export function skuPage(
  asked: AskedSku,
  { totals, days, entries }: { totals: Rows<RevenueRow>; days: Rows<RevenueRow>; entries: Rows<RevenueEntry> },
): Html {
  const { sku, currency, from, to } = asked;
  const here = (changed: Record<string, string | undefined>): string =>
    linkTo('/revenue/sku', { ...asked, cursor: undefined, ...changed });
  return html`<p class="crumbs">
      <a href="${linkTo('/revenue', { days: asked.days, from, to, currency })}">Revenue by SKU</a>
    </p>
    <h1>Revenue of <span class="id sku">${sku}</span></h1>
    <p class="lead">
      ${sentenceStart(rangeText(asked))}${currency && `, ${currency} only`}.
      ${(from ?? to) !== undefined && html`<a href="${here({ from: undefined, to: undefined })}">The last 90 days</a>`}
    </p>
    ${totals.ok ? totalsList(totals.value.rows) : unansweredBox(totals, 'Revenue')}
    ${days.ok && days.value.rows.length > 1 && daysChart(days.value.rows, (day) => here({ days: undefined, from: day, to: day }))}
    <h2>The events behind it</h2>
    ${entries.ok ? entriesTable(entries.value.rows) : unansweredBox(entries, 'The events')}
    <nav class="more" aria-label="Further events">
      ${asked.cursor !== undefined && html`<a href="${here({})}">Back to the first</a>`}
      ${entries.ok && entries.value.nextCursor !== null && html`<a href="${here({ cursor: entries.value.nextCursor })}">Later events</a>`}
    </nav>`;
}

const entriesTable = (entries: RevenueEntry[]): Html =>
  entries.length === 0
    ? html`<p class="empty">There is none in these days.</p>`
    : html`<table class="rows wide">
        <thead>
          <tr>
            <th scope="col">Happened</th>
            <th scope="col">Order</th>
            <th scope="col">Fact</th>
            <th scope="col" class="n">Line</th>
            <th scope="col" class="n">Units</th>
            <th scope="col" class="n">Captured</th>
            <th scope="col" class="n">Refunded</th>
            <th scope="col" class="n">Net</th>
          </tr>
        </thead>
        <tbody>
          ${entries.map(
            (entry) =>
              html`<tr>
                <td>${time(entry.occurredAt)}</td>
                <td>${orderId(entry.orderId, entry.version)}</td>
                <td>${factText(entry.type)} <span class="version">v${entry.version}</span></td>
                <td class="n">${entry.line}</td>
                <td class="n">${countText(entry.units)}</td>
                <td class="n">${money(entry.captured, entry.currency)}</td>
                <td class="n">${money(entry.refunded, entry.currency)}</td>
                <td class="n">${money(entry.net, entry.currency)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`;
