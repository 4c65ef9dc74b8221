import { countText, money, rateText, time } from '../page/figures.js';
import { bar, sparkline } from '../page/figures-as-pictures.js';
import { descending, totalsList } from '../revenue-by-sku/totals.js';
import { html, type Fragment, type Html } from '../page/html.js';
import { linkTo } from '../page/link-to.js';
import { orderId, sku as skuLink, status } from '../page/order-words.js';
import type { RevenueRow } from '../services/shapes.js';
import { noticesOf, partsOf, type Notice, type Part } from './parts.js';
import type { Known, Now } from './pulse.js';
import type { Rate } from './rate.js';

/** The first page: the pipeline as it is, the newest orders, what the last 90 days brought, what the audit found. */
export function nowPage(now: Now): Html {
  const parts = Object.fromEntries(partsOf(now).map((part) => [part.id, part])) as Record<Part['id'], Part>;
  const { rates } = now;
  return html`
    <div id="notices" data-live aria-live="polite">${noticesOf(now).map(noticeBox)}</div>
    <section aria-labelledby="pipeline-title">
      <h1 id="pipeline-title">What flows now</h1>
      <p class="lead">
        An order is a sequence of facts. Postgres keeps them, Kafka carries them, and revenue and audit are views of
        them.
      </p>
      <div class="pipeline">
        ${card(parts.orders, lately(rates.commands, 'commands'))}
        ${flow('orders', rates.commands.perSecond(), parts.orders)} ${card(parts.facts, lately(rates.facts, 'facts'))}
        ${flow('facts', rates.sent.perSecond(), parts.relay)} ${card(parts.relay, lately(rates.sent, 'rows sent'))}
        ${flow('relay', rates.messages.perSecond(), parts.relay)}
        ${card(parts.kafka, lately(rates.messages, 'messages'))}
        <div class="fork">
          <div class="branch">${flow('revenue', rates.revenue.perSecond(), parts.revenue)} ${card(parts.revenue)}</div>
          <div class="branch">${flow('audit', rates.audit.perSecond(), parts.audit)} ${card(parts.audit)}</div>
        </div>
      </div>
    </section>
    <div class="halves">
      <section aria-labelledby="newest-title">
        <h2 id="newest-title">Newest orders</h2>
        <div id="newest" data-live>${newestOrders(now)}</div>
      </section>
      <section aria-labelledby="revenue-title">
        <h2 id="revenue-title">Revenue, the last 90 days</h2>
        <div id="revenue-90" data-live>${revenue90(now)}</div>
      </section>
    </div>
  `;
}

const lately = (rate: Rate, what: string): Html => sparkline(rate.history(), `${what} a second, the last two minutes`);

const noticeBox = ({ id, condition, what, means, since }: Notice): Html =>
  html`<div class="notice ${condition}" id="${id}">
    <strong>${what}</strong> ${since && html`<span class="since">Since ${time(since.toISOString())}.</span>`}
    <p>${means}</p>
  </div>`;

const card = (part: Part, picture?: Html): Html =>
  html`<article class="part ${part.condition}" id="part-${part.id}" data-live>
    <header>
      <h3>${part.name}</h3>
      <span class="condition">${part.says}</span>
    </header>
    <p class="what">${part.what}</p>
    <dl>
      ${part.figures.map(
        ({ label, value, unit }) =>
          html`<div>
            <dt>${label}</dt>
            <dd>${value}${unit && html` <i>${unit}</i>`}</dd>
          </div>`,
      )}
    </dl>
    ${picture}
  </article>`;

/** The way from one part to the next: its dots move while something flows, the faster the more there is. */
function flow(id: string, perSecond: number | null, from: Part): Html {
  const still = perSecond === null || perSecond < 0.05 || from.condition === 'away';
  const speed = still ? 'still' : perSecond < 20 ? 'slow' : perSecond < 500 ? 'brisk' : 'fast';
  const label = perSecond === null ? 'nothing known yet' : `${rateText(perSecond)} a second`;
  return html`<svg
    class="flow ${speed}"
    id="flow-${id}"
    data-live
    viewBox="0 0 48 12"
    preserveAspectRatio="none"
    role="img"
    aria-label="${speed === 'still' ? 'nothing flows' : `flows, ${speed}`}"
  >
    <title>${speed === 'still' ? label : 'flows'}</title>
    <line x1="0" y1="6" x2="48" y2="6" vector-effect="non-scaling-stroke" />
  </svg>`;
}

/** What is known, and, where it is old, that it is. */
function known<T>(thing: Known<T>, draw: (value: T) => Fragment): Html {
  const { value, missing } = thing;
  if (value === undefined) {
    return html`<p class="empty">${missing ? `Cannot be shown: ${missing.reason}.` : 'Not asked yet.'}</p>`;
  }
  return html`${missing && html`<p class="stale">As it was at ${time(missing.since.toISOString())}: ${missing.reason}.</p>`}
  ${draw(value)}`;
}

function newestOrders(now: Now): Html {
  const today = now.at.toISOString().slice(0, 10);
  return known(now.orders.newest, ({ orders }) =>
    orders.length === 0
      ? html`<p class="empty">
          There is no order yet. <code>POST /orders</code> at order-service places one; its page <code>/docs</code>
          lets you try it.
        </p>`
      : html`<table class="rows">
            <thead>
              <tr>
                <th scope="col">Order</th>
                <th scope="col">Status</th>
                <th scope="col" class="n">Facts</th>
                <th scope="col" class="n">Total</th>
                <th scope="col" class="n">Placed</th>
              </tr>
            </thead>
            <tbody>
              ${orders.map(
                (order) =>
                  html`<tr>
                    <td>${orderId(order.orderId)}</td>
                    <td>${status(order.status)}</td>
                    <td class="n">${order.version}</td>
                    <td class="n">${money(order.total, order.currency)}</td>
                    <td class="n">${time(order.placedAt, today)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
          <p class="more"><a href="/orders">All orders</a></p>`,
  );
}

const shownSkus = 8;

function revenue90(now: Now): Html {
  return known(now.revenue.totals, ({ rows: totals }) =>
    totals.length === 0
      ? html`<p class="empty">No payment was captured in the last 90 days.</p>`
      : html`${totalsList(totals, ({ currency }) => linkTo('/revenue', { currency }))}
          ${known(now.revenue.bySku, ({ rows }) => topSkus(rows))}
          <p class="more"><a href="/revenue">All SKUs</a></p>`,
  );
}

/** The best of the currency that sold the most units: amounts of different currencies are never compared. */
function topSkus(rows: readonly RevenueRow[]): Html {
  const sold = (its: readonly RevenueRow[]): bigint => its.reduce((sum, { units }) => sum + units, 0n);
  const byCurrency = [...Map.groupBy(rows, (row) => row.currency)];
  const [currency, its] = byCurrency.sort(([, left], [, right]) => descending(sold(left), sold(right)))[0] ?? ['', []];
  const best = its.toSorted((left, right) => descending(left.net, right.net)).slice(0, shownSkus);
  const largest = best[0]?.net ?? 0n;
  return html`<table class="rows">
    <thead>
      <tr>
        <th scope="col">Best SKUs in ${currency}</th>
        <th class="b" aria-hidden="true"></th>
        <th scope="col" class="n">Units</th>
        <th scope="col" class="n">Net</th>
      </tr>
    </thead>
    <tbody>
      ${best.map(
        ({ sku = '', net, units }) =>
          html`<tr>
            <td>${skuLink(sku, linkTo('/revenue/sku', { sku, currency }))}</td>
            <td class="b">${bar(net, largest)}</td>
            <td class="n">${countText(units)}</td>
            <td class="n">${money(net, currency)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
