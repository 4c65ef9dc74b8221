import { claimText, contradict, formatMoney, type LoggedPast, type OrderEvent } from '@orderlog/order-domain';
import { fromStored, isOrderEventType, loggedPastOf, type LoggedPastView, unreadable } from '@orderlog/order-contract';
import type { KeptFact } from './timeline.sql.js';

type Told = Pick<KeptFact, 'type' | 'schemaVersion' | 'data'>;

/** One sentence for a person: what a fact says has happened, money as one writes it. */
export function whatHappened(told: Told): string {
  const fact = factOf(told);
  return fact ? sentenceOf(fact) : `${told.type}, which this version does not know`;
}

/** What a log beside an imported table says, where the fact has such evidence. */
export function whatWasLogged(told: Told): { logged?: LoggedPastView } {
  const fact = factOf(told);
  const logged = fact && loggedPastOf(fact);
  return logged ? { logged } : {};
}

function factOf({ type, schemaVersion, data }: Told): OrderEvent | undefined {
  if (data === null || !isOrderEventType(type) || unreadable(type, schemaVersion)) return undefined;
  return fromStored({ type, schemaVersion, data: data as never });
}

function sentenceOf(fact: OrderEvent): string {
  switch (fact.type) {
    case 'OrderPlaced':
      return `placed at ${formatMoney(fact.total, fact.currency)}: ${linesOf(fact.lines)}`;
    case 'OrderUpdated':
      return `lines changed, now ${formatMoney(fact.total, fact.currency)}: ${linesOf(fact.lines)}`;
    case 'DiscountApplied': {
      const { code, amount, total, currency } = fact;
      return `discount ${code} of ${formatMoney(amount, currency)}, now ${formatMoney(total, currency)}`;
    }
    case 'PaymentCaptured':
      return `payment ${fact.paymentId} captured: ${formatMoney(fact.amount, fact.currency)}`;
    case 'RefundInitiated':
      return `refund ${fact.refundId} initiated: ${formatMoney(fact.amount, fact.currency)}`;
    case 'RefundCompleted':
      return `refund ${fact.refundId} completed: ${formatMoney(fact.amount, fact.currency)}`;
    case 'OrderCancelled':
      return `cancelled at ${formatMoney(fact.total, fact.currency)}`;
    case 'OrderHoldResolved':
      return `hold resolved: ${fact.decision}`;
    case 'ReturnRecorded':
      return `returned, naming no sale: ${formatMoney(fact.amount, fact.currency)} given back`;
    case 'AdjustmentRecorded':
      return `adjusted by ${formatMoney(fact.amount, fact.currency)}`;
    case 'OrderImported': {
      const claims = contradict(fact.claims) ? `, claimed differently by ${fact.claims.length} rows` : '';
      return `imported at ${formatMoney(fact.total, fact.currency)}${claims}; what happened before is unknown${loggedIn(fact)}`;
    }
    case 'OrderImportedAgain': {
      const rows = fact.claims.map((claim) => claimText(claim, fact.currency));
      const says = rows.length > 0 ? `: the table now says ${rows.slice(0, 3).join(' and ')}` : '';
      return `imported once more${says}${fact.contradicts ? ', against what was known' : ''}${loggedIn(fact)}`;
    }
    case 'CustomerForgotten':
      return 'customer forgotten: the key that opened who they are was destroyed';
  }
}

function loggedIn({ evidence, evidenceLeftOut, gaps, gapsLeftOut }: LoggedPast): string {
  const [entries, missing] = [evidence.length + evidenceLeftOut, gaps.length + gapsLeftOut];
  return entries + missing === 0
    ? ''
    : `; a log beside it has ${counted(entries, 'entry', 'entries')} and ${counted(missing, 'gap')}`;
}

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

function linesOf(lines: readonly { sku: string; quantity: number }[]): string {
  const shown = lines.slice(0, 3).map(({ sku, quantity }) => `${quantity} × ${sku}`);
  return lines.length > 3 ? `${shown.join(', ')} and ${lines.length - 3} more` : shown.join(', ');
}
