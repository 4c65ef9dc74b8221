import { html, type Html } from './html.js';

/** Facts as a person says them. A type that is new shows by its own name. */
const facts: Record<string, string> = {
  OrderPlaced: 'Order placed',
  OrderUpdated: 'Lines changed',
  DiscountApplied: 'Discount applied',
  PaymentCaptured: 'Payment captured',
  RefundInitiated: 'Refund initiated',
  RefundCompleted: 'Refund completed',
  OrderCancelled: 'Order cancelled',
  OrderHoldResolved: 'Hold resolved',
  ReturnRecorded: 'Return recorded',
  AdjustmentRecorded: 'Adjustment recorded',
  OrderImported: 'Imported; history before this point is unknown',
  CustomerForgotten: 'Customer forgotten',
  OrderImportedAgain: 'Imported once more',
};
export const factText = (type: string): string => facts[type] ?? type;

export const statusText = (status: string): string => status.replaceAll('-', ' ');
export const status = (value: string): Html => html`<span class="status ${value}">${statusText(value)}</span>`;

/** An ID that a person can tell from its neighbours; the whole of it is in the title. UUIDs differ at their ends. */
const shortId = (id: string): string => (id.length <= 20 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`);

/** The way to an order, by its ID. */
export const orderId = (id: string, version?: number): Html =>
  html`<a class="id" href="${orderLink(id, version)}" title="${id}">${shortId(id)}</a>`;

/** A SKU as it was written, its blanks included. */
export const sku = (text: string, href: string): Html => html`<a class="id sku" href="${href}">${text}</a>`;

export const orderLink = (orderId: string, version?: number): string =>
  `/orders/${encodeURIComponent(orderId)}${version === undefined ? '' : `#v${version}`}`;
