import { formatInstant, type Instant } from '@orderlog/instant';
import type { Claim, ImportedState, OrderEvent } from '@orderlog/order-domain';
import { z } from 'zod';

const minor = z.int().describe('in minor units of the currency');
const instant = z.string().describe('RFC 3339, UTC, with microseconds');

/** What one row of an imported table says of an order. */
export const claimSchema = z
  .object({
    total: minor,
    status: z.string(),
    origin: z.string().describe('where the row stood'),
    currency: z.string().optional(),
    customerId: z.string().optional(),
    captured: minor.optional(),
    refunded: minor.optional(),
    createdAt: instant.optional().describe('when the row says that it was made'),
    updatedAt: instant.optional().describe('when the row says that it was last changed'),
  })
  .meta({ id: 'Claim' });

/** That nothing is known of an order before it was imported, and how much is claimed. */
export const historyBeforeSchema = z
  .object({
    known: z.literal(false),
    before: instant.describe('nothing that happened before this is known; there are only claims'),
    origins: z.array(z.string()).describe('where the rows stood that it was imported from'),
    evidence: z.int().describe('entries of a log beside the table, in all; the events list them'),
    gaps: z.int().describe('places where that log cannot be the whole story'),
  })
  .meta({ id: 'HistoryBefore' });

/** What a log beside an imported table says: evidence, and no fact. */
export const loggedPastSchema = z
  .object({
    evidence: z.array(
      z.object({
        at: instant.nullable().describe('when, as the log says'),
        actor: z.string().nullable().describe('who, as the log says'),
        what: z.string(),
        origin: z.string().describe('where the entry stood'),
      }),
    ),
    evidenceLeftOut: z.int().describe('earlier entries that are not listed'),
    gaps: z.array(
      z.object({
        kind: z.string(),
        what: z.string(),
        after: z.string().nullable().describe('the entry before the gap; null: it is before the first'),
        before: z.string().nullable().describe('the entry after the gap; null: it is after the last'),
      }),
    ),
    gapsLeftOut: z.int(),
  })
  .meta({ id: 'LoggedPast' });

export type ClaimView = z.output<typeof claimSchema>;
export type HistoryBefore = z.output<typeof historyBeforeSchema>;
export type LoggedPastView = z.output<typeof loggedPastSchema>;

/** A claim as an answer has it, its keys always in one order. */
export const claimViewOf = ({ createdAt, updatedAt, ...claim }: Claim): ClaimView => ({
  total: claim.total,
  status: claim.status,
  origin: claim.origin,
  ...(claim.currency !== undefined && { currency: claim.currency }),
  ...(claim.customerId !== undefined && { customerId: claim.customerId }),
  ...(claim.captured !== undefined && { captured: claim.captured }),
  ...(claim.refunded !== undefined && { refunded: claim.refunded }),
  ...(createdAt !== undefined && { createdAt: formatInstant(createdAt) }),
  ...(updatedAt !== undefined && { updatedAt: formatInstant(updatedAt) }),
});

/** @param firstOccurredAt when the table stood as it was imported: the order's first fact */
export const historyBeforeOf = (
  { claims, evidence, gaps }: ImportedState,
  firstOccurredAt: Instant,
): HistoryBefore => ({
  known: false,
  before: formatInstant(firstOccurredAt),
  origins: claims.map(({ origin }) => origin),
  evidence,
  gaps,
});

/** @returns undefined of a fact that no log stands behind */
export function loggedPastOf(fact: OrderEvent): LoggedPastView | undefined {
  if (fact.type !== 'OrderImported' && fact.type !== 'OrderImportedAgain') return undefined;
  const { evidence, evidenceLeftOut, gaps, gapsLeftOut } = fact;
  if (evidence.length + gaps.length === 0) return undefined;
  return {
    evidence: evidence.map(({ at, actor, what, origin }) => ({
      at: at === undefined ? null : formatInstant(at),
      actor: actor ?? null,
      what,
      origin,
    })),
    evidenceLeftOut,
    gaps: gaps.map(({ kind, what, after, before }) => ({ kind, what, after: after ?? null, before: before ?? null })),
    gapsLeftOut,
  };
}
