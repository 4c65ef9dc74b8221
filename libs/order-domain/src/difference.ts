import { claimText } from './claim-text.js';
import { formatAmount, formatMoney } from './currency.js';
import { owedOf } from './order.js';
import type { Order } from './order.js';
import { UNKNOWN_CHANNEL, type Line, type Minor } from './order-event.js';
import { hasRightToLeft } from './right-to-left.js';

/** One thing that a fact changed, as texts that a person reads; money with its decimal point. */
export interface Change {
  /** e.g. `total`, `line 2`, `payment p-1`. */
  what: string;
  before: string | null;
  after: string | null;
  /** The whole of it in one line: `total 89.99 → 79.99 GBP`, `discount SAVE10: 10.00 GBP`. */
  text: string;
}

/**
 * The readable difference between two states of an order: what a fact did to it. Empty where nothing that a person
 * would see has changed.
 */
export function differenceOf(before: Order, after: Order): Change[] {
  const currency = after.currency || before.currency;
  const changes: Change[] = [];
  const note = (what: string, from: string | null, to: string | null): void => {
    if (from !== to) changes.push({ what, before: from, after: to, text: sentence(what, from, to) });
  };
  const money = (what: string, from: Minor | null, to: Minor): void => {
    if (from === null) note(what, null, formatMoney(to, currency));
    else if (from !== to) {
      const [earlier, later] = [formatMoney(from, currency), formatMoney(to, currency)];
      changes.push({ what, before: earlier, after: later, text: `${what} ${formatAmount(from, currency)} → ${later}` });
    }
  };
  const born = before.status === 'none';

  note('status', born ? null : before.status, after.status);
  note('customer', before.customerId, after.customerId);
  if (after.channel !== UNKNOWN_CHANNEL) note('channel', before.channel, after.channel);
  note('person', before.forgotten ? 'forgotten' : sealed(before), after.forgotten ? 'forgotten' : sealed(after));
  const places = Math.max(before.lines.length, after.lines.length);
  for (let index = 0; index < places; index++) {
    if (before.lines[index] === after.lines[index]) continue;
    const line = after.lines[index]?.line ?? before.lines[index]!.line;
    note(`line ${line}`, lineText(before.lines[index], currency), lineText(after.lines[index], currency));
  }
  for (const discount of after.discounts.slice(before.discounts.length)) {
    money(`discount ${discount.code}`, null, discount.amount);
  }
  for (const payment of after.payments.slice(before.payments.length)) {
    money(`payment ${payment.paymentId}`, null, payment.amount);
  }
  for (const [index, refund] of after.refunds.entries()) {
    const earlier = before.refunds[index];
    // Told of each of thousands of refunds for each of thousands of facts, an order's story would take seconds.
    if (earlier === refund) continue;
    const described = (completed: boolean): string =>
      `${formatMoney(refund.amount, currency)}, ${completed ? 'completed' : 'initiated'}`;
    note(`refund ${refund.refundId}`, earlier ? described(earlier.completed) : null, described(refund.completed));
  }
  for (const claim of after.imported?.claims.slice(before.imported?.claims.length ?? 0) ?? []) {
    note(`claim of ${claim.origin}`, null, claimText(claim, currency));
  }
  for (const entry of after.loose.slice(before.loose.length)) money(entry.kind, null, entry.amount);
  money('total', born ? null : before.total, after.total);
  money('captured', before.captured, after.captured);
  money('refunded', before.refunded, after.refunded);
  money('owed', born ? null : owedOf(before), owedOf(after));
  note('decision', before.hold?.decision ?? null, after.hold?.decision ?? null);
  return changes;
}

/** Who the customer is can stand in no difference; that it is kept can. */
const sealed = (order: Order): string | null => (order.customer ? 'kept, encrypted' : null);

const lineText = (line: Line | undefined, currency: string): string | null =>
  line
    ? `${line.quantity} × ${line.sku} at ${line.exactUnitPrice ?? formatAmount(line.unitPrice, currency)} = ` +
      formatMoney(line.amount, currency)
    : null;

/**
 * A colon ends what has a name or a number of its own: `line 1 11 × A` could be eleven on line 1, or one on line 11. A word
 * ends a name that is read from the right.
 */
function sentence(what: string, from: string | null, to: string | null): string {
  if (hasRightToLeft(what)) {
    if (from === null) return `${what} is ${to}`;
    return to === null ? `${what} is taken away, which was ${from}` : `${what} goes from ${from} to ${to}`;
  }
  const subject = from === null || what.includes(' ') ? `${what}:` : what;
  if (from === null) return `${subject} ${to}`;
  return to === null ? `${subject} ${from} taken away` : `${subject} ${from} → ${to}`;
}
