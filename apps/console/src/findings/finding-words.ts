import { moneyText } from '../page/figures.js';
import type { Finding } from './shapes.js';

/** What each kind of finding means, for whoever has never seen one. */
const kinds: Record<string, { title: string; says: (finding: Finding) => string }> = {
  gap: { title: 'Facts are missing', says: ({ subject }) => `${subject} never came, though later facts did.` },
  'broken-chain': {
    title: 'The chain is broken',
    says: ({ subject }) => `${subject} does not stand on the fact before it.`,
  },
  'hash-mismatch': {
    title: 'A hash does not hold',
    says: ({ subject }) => `The content of ${subject.split('/')[0]} is not what its hash says.`,
  },
  'content-differs': {
    title: 'Two contents for one fact',
    says: ({ subject }) => `Kafka has carried different contents as ${subject}.`,
  },
  'captured-over-total': {
    title: 'More captured than ordered',
    says: ({ subject }) => `At ${subject} more was captured than the order's total.`,
  },
  'refunded-over-captured': {
    title: 'More refunded than captured',
    says: ({ subject }) => `At ${subject} more was refunded than captured.`,
  },
  'duplicate-order': {
    title: 'A second order under one ID',
    says: ({ detail }) =>
      `Someone (${text(detail['actor']) ?? 'nobody was named'}) tried to place another order under this ID: ` +
      `${amount(detail['attemptedTotal'], detail['currency'])} instead of ${amount(detail['existingTotal'], detail['existingCurrency'] ?? detail['currency'])}. It was refused.`,
  },
  'conflicting-claims': {
    title: 'Sources contradict each other',
    says: ({ claims }) =>
      'What an imported table, or the log beside it, says of this order contradicts itself' +
      `${claims ? ` (${claims.join('; ')})` : ''}: a person decides.`,
  },
  'evidence-gap': {
    title: 'The log beside the table has a gap',
    says: ({ detail }) => `${text(detail['what']) ?? 'It cannot be the whole story'}.`,
  },
  tombstone: {
    title: 'Someone wanted a fact deleted',
    says: ({ subject }) => `Kafka has carried an order to delete ${subject}.`,
  },
};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const amount = (value: unknown, currency: unknown): string =>
  typeof value === 'number' ? moneyText(value, text(currency) ?? '') : 'another content';

export const kindTitle = (kind: string): string => kinds[kind]?.title ?? kind;
/** A kind that is new here shows in the audit's own words. */
export const findingText = (finding: Finding): string =>
  kinds[finding.kind]?.says(finding) ?? `${finding.subject}: ${finding.says}.`;
