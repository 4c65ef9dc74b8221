import { formatMoney } from './currency.js';
import type { Claim } from './order-event.js';

/** What rows may contradict each other in. */
type Said = Pick<Claim, 'total' | 'status'> & {
  [what in 'currency' | 'customerId' | 'captured' | 'refunded']?: Claim[what] | undefined;
};

const NOT_IN_TABLE = '(not in the table)';

/** The claim of a table which has no row of an order that the log beside it knows. Its total of 0 is no amount that anybody named. */
export const notInTable = (origin: string): Claim => ({ total: 0, status: NOT_IN_TABLE, origin });

export const isNotInTable = ({ total, status, captured, refunded, customerId }: Said): boolean =>
  total === 0 && status === NOT_IN_TABLE && (captured ?? refunded ?? customerId) === undefined;

/**
 * What a row claims of an order, as a person reads it: `89.99 GBP, paid, captured 89.99 GBP, customer c-1`. All that can put
 * rows in contradiction is in it, or whoever decides would see two that are alike.
 * @param currency of the order, for a row that names none
 */
export function claimText(claim: Said, currency: string): string {
  if (isNotInTable(claim)) return 'no such row';
  const money = (amount: number): string => formatMoney(amount, claim.currency ?? currency);
  return [
    money(claim.total),
    claim.status,
    ...(claim.captured === undefined ? [] : [`captured ${money(claim.captured)}`]),
    ...(claim.refunded === undefined ? [] : [`refunded ${money(claim.refunded)}`]),
    ...(claim.customerId === undefined ? [] : [`customer ${claim.customerId}`]),
  ].join(', ');
}
