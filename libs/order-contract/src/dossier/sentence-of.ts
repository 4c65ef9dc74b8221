import {
  claimText,
  formatAmount,
  formatMoney,
  hasRightToLeft,
  owedOf,
  isNotInTable,
  type Allocation,
  type Claim,
  type Line,
  type LoggedPast,
  type Order,
  type OrderEvent,
} from '@orderlog/order-domain';

/** A fact as a sentence for whoever has to settle a dispute; money as a person writes it. */
export function sentenceOf(fact: OrderEvent, before: Order, after: Order): string {
  const currency = after.currency;
  const money = (amount: number) => formatMoney(amount, currency);
  const moved = `the total goes from ${formatAmount(before.total, currency)} to ${money(after.total)}`;
  const stillOwed = `${money(owedOf(after))} still owed`;
  switch (fact.type) {
    case 'OrderPlaced':
      return `Order placed at ${money(fact.total)}: ${linesOf(fact.lines)}`;
    case 'OrderUpdated':
      return before.total === after.total
        ? `Lines changed; the total stays ${money(after.total)}`
        : `Lines changed; ${moved}`;
    case 'DiscountApplied':
      return `Discount ${fact.code} of ${money(fact.amount)} applied; ${moved}`;
    case 'PaymentCaptured':
      return `Payment ${fact.paymentId} of ${money(fact.amount)} captured; ${stillOwed}`;
    case 'RefundInitiated':
      return `Refund ${fact.refundId} of ${money(fact.amount)} initiated${comingBack(fact.allocation)}`;
    case 'RefundCompleted':
      return `Refund ${fact.refundId} of ${money(fact.amount)} completed`;
    case 'OrderCancelled':
      return `Order cancelled; nothing is owed any more`;
    case 'OrderHoldResolved':
      return `Hold resolved: “${fact.decision}”; ${fact.total === null ? `the total stays ${money(after.total)}` : moved}`;
    case 'ReturnRecorded':
      return `Return of ${money(fact.amount)} recorded; it names no sale`;
    case 'AdjustmentRecorded':
      return `Adjustment of ${money(fact.amount)} recorded; it names no sale`;
    case 'OrderImported':
      return (
        `Imported as it stood in another table: total ${money(fact.total)}, captured ${money(fact.captured)}, ` +
        `refunded ${money(fact.refunded)}. What happened before is not known` +
        (after.hold ? `; on hold, because ${contradiction(fact.claims)}` : '') +
        loggedIn(fact)
      );
    case 'CustomerForgotten':
      return 'Customer forgotten: the key that opened who they are was destroyed; no money moved';
    case 'OrderImportedAgain': {
      const rows = fact.claims.map((claim) => claimText(claim, currency));
      return (
        `Imported once more${rows.length > 0 ? `: the table now says ${listed(rows)}` : ''}` +
        (fact.contradicts ? '. That contradicts what was known: on hold' : '') +
        loggedIn(fact)
      );
    }
  }
}

const contradiction = (claims: readonly Claim[]): string =>
  claims.some(isNotInTable) ? 'a log knows it and the table does not' : `${claims.length} rows contradict each other`;

/** How much of the past a log beside the table tells, and that it does not tell all. */
function loggedIn({ evidence, evidenceLeftOut, gaps, gapsLeftOut }: LoggedPast): string {
  const [entries, missing] = [evidence.length + evidenceLeftOut, gaps.length + gapsLeftOut];
  if (entries + missing === 0) return '';
  const found = missing === 0 ? 'no gap was found in it' : `with ${missing} ${missing === 1 ? 'gap' : 'gaps'}`;
  return `. A log beside the table has ${entries} ${entries === 1 ? 'entry' : 'entries'} on it, ${found}`;
}

const listed = (texts: readonly string[]): string =>
  texts.slice(0, 3).join(' and ') + (texts.length > 3 ? ` and ${texts.length - 3} more` : '');

/** The goods that a refund takes back; one of money alone names none. */
function comingBack(allocation: readonly Allocation[]): string {
  const lines = allocation.filter(({ quantity }) => quantity > 0);
  return lines.length === 0 ? '' : `; what comes back: ${linesOf(lines)}`;
}

/** The first of the lines; the whole list stands elsewhere. */
function linesOf(lines: readonly Pick<Line, 'quantity' | 'sku'>[]): string {
  const shown = lines.slice(0, 3).map(({ quantity, sku }) => `${quantity} × ${sku}`);
  // A comma between an SKU that is read from the right and a number would put the number on the SKU's other side.
  return (
    shown.join(shown.some(hasRightToLeft) ? ' and ' : ', ') + (lines.length > 3 ? ` and ${lines.length - 3} more` : '')
  );
}
