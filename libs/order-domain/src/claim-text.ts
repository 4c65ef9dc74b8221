import { formatMoney } from './currency.js';
import type { Claim } from './order-event.js';

/** What rows may contradict each other in. */
type Said = Pick<Claim, 'total' | 'status'> & {
  [what in 'currency' | 'customerId' | 'captured' | 'refunded']?: Claim[what] | undefined;
};

/**
 * What a row claims of an order, as a person reads it: `89.99 GBP, paid, captured 89.99 GBP, customer c-1`. All that can put
 * rows in contradiction is in it, or whoever decides would see two that are alike.
 * @param currency of the order, for a row that names none
 */
export function claimText(claim: Said, currency: string): string {
  const money = (amount: number): string => formatMoney(amount, claim.currency ?? currency);
  return [
    money(claim.total),
    claim.status,
    ...(claim.captured === undefined ? [] : [`captured ${money(claim.captured)}`]),
    ...(claim.refunded === undefined ? [] : [`refunded ${money(claim.refunded)}`]),
    ...(claim.customerId === undefined ? [] : [`customer ${claim.customerId}`]),
  ].join(', ');
}
