import { formatMoney } from '@orderlog/order-domain';
import type { DossierAttempt } from './dossier.js';

/** What was wanted, and why it was refused, with the money that tells. @param title of the refusal, as its list says it */
export const attemptSentence = (attempt: Omit<DossierAttempt, 'says'>, title: string): string =>
  sentenceAround(attempt).join(title.replace(/\.$/, ''));

/** What stands before the refusal's title and what behind it: all that the attempt says of itself. */
export function sentenceAround(attempt: Omit<DossierAttempt, 'says'>): [before: string, behind: string] {
  const { command, currency, amount, allowed, existingTotal, existingCurrency, sameContent, used } = attempt;
  const money = (sum: number, of: string | null = currency) => (of === null ? String(sum) : formatMoney(sum, of));
  const wanted = amount === null ? command : `${command} of ${money(amount)}`;
  const known = [
    ...(used ? [`${used.id} is of ${money(used.amount)}`] : []),
    ...(allowed === null ? [] : [`${money(allowed)} would have been allowed`]),
    ...(existingTotal === null
      ? []
      : [`the order that has the ID was placed at ${money(existingTotal, existingCurrency)}`]),
    ...(sameContent === null ? [] : [sameContent ? 'the content was the same' : 'the content was another']),
  ];
  return [`${wanted} refused: `, known.length > 0 ? `; ${known.join('; ')}` : ''];
}
