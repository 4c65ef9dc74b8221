import { money, time } from '../page/figures.js';
import { html, type Html } from '../page/html.js';
import { linkTo } from '../page/link-to.js';
import { orderId, status } from '../page/order-words.js';
import { unansweredBox } from '../page/unanswered.js';
import type { Answer } from '../services/service.js';
import type { OrderSummary } from '../services/shapes.js';

interface Asked {
  cursor?: string | undefined;
  customer?: string | undefined;
}

/** The orders, newest first, a page at a time. */
export const newestOrdersPage = (
  answer: Answer<{ orders: OrderSummary[]; nextCursor: string | null }>,
  { cursor, customer }: Asked,
): Html =>
  html`<h1>${customer ? html`Orders of customer <span class="id">${customer}</span>` : 'Orders'}</h1>
    <p class="lead">
      By when we learned of them, the newest first. ${customer && html`<a href="/orders">Those of all customers</a>`}
    </p>
    <div id="orders" data-live>
      ${answer.ok ? orders(answer.value.orders) : unansweredBox(answer, 'Orders')}
      <nav class="more" aria-label="Further orders">
        ${cursor && html`<a href="${linkTo('/orders', { customer })}">Back to the newest</a>`}
        ${answer.ok && answer.value.nextCursor !== null && html`<a href="${older(answer.value.nextCursor, customer)}">Older orders</a>`}
      </nav>
    </div>`;

const older = (cursor: string, customer: string | undefined): string => linkTo('/orders', { cursor, customer });

const orders = (list: OrderSummary[]): Html =>
  list.length === 0
    ? html`<p class="empty">There is none.</p>`
    : html`<table class="rows wide">
        <thead>
          <tr>
            <th scope="col">Order</th>
            <th scope="col">Status</th>
            <th scope="col">Customer</th>
            <th scope="col" class="n">Facts</th>
            <th scope="col" class="n">Total</th>
            <th scope="col" class="n">Captured</th>
            <th scope="col" class="n">Refunded</th>
            <th scope="col" class="n">Owed</th>
            <th scope="col" class="n">Placed</th>
          </tr>
        </thead>
        <tbody>
          ${list.map(
            (order) =>
              html`<tr>
                <td>${orderId(order.orderId)}</td>
                <td>${status(order.status)}</td>
                <td>
                  ${
                    order.customerId === null
                      ? html`<span class="none">none</span>`
                      : html`<a class="id quiet" href="/orders?customer=${encodeURIComponent(order.customerId)}"
                          >${order.customerId}</a
                        >`
                  }
                </td>
                <td class="n">${order.version}</td>
                <td class="n">${money(order.total, order.currency)}</td>
                <td class="n">${money(order.captured, order.currency)}</td>
                <td class="n">${money(order.refunded, order.currency)}</td>
                <td class="n">${money(order.owed, order.currency)}</td>
                <td class="n">${time(order.placedAt)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`;
