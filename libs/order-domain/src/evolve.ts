import { shareAnew, sharesOf, tallied } from './allocation.js';
import { emptyOrder } from './order.js';
import type { ImportedState, Order, OrderStatus } from './order.js';
import type { Claim, LoggedPast, OrderEvent } from './order-event.js';

/**
 * The order after one more fact. Never refuses and never throws: a fact has happened. Totals are computed from lines
 * and discounts rather than taken from the fact, so that facts folded in the order in which they *occurred* (`foldAsOf`)
 * add up too; in the order of their versions it comes to the same.
 */
export function evolve(order: Order, fact: OrderEvent): Order {
  const after = happened(order, fact);
  const status = statusOf(after);
  return after.status === status ? after : { ...after, status };
}

/** The order that a list of facts has made, from nothing or from a snapshot. */
export const fold = (facts: Iterable<OrderEvent>, from: Order = emptyOrder): Order => {
  let order = from;
  for (const fact of facts) order = evolve(order, fact);
  return order;
};

function happened(order: Order, fact: OrderEvent): Order {
  switch (fact.type) {
    case 'OrderPlaced':
      return {
        ...order,
        customerId: fact.customerId,
        ...(fact.customer && { customer: fact.customer }),
        channel: fact.channel,
        currency: fact.currency,
        lines: fact.lines,
        tallies: sharesOf(fact.lines, fact.total),
        total: fact.total,
        placedTotal: fact.total,
        status: 'placed',
      };
    case 'OrderUpdated': {
      const total = sum(fact.lines) - sum(order.discounts);
      return {
        ...order,
        lines: fact.lines,
        tallies: sharesOf(fact.lines, total),
        total,
        placedAs: order.placedAs ?? { lines: order.lines, total: order.placedTotal },
      };
    }
    case 'DiscountApplied': {
      const total = order.total - fact.amount;
      return {
        ...order,
        discounts: [...order.discounts, { code: fact.code, amount: fact.amount }],
        total,
        tallies: tallied(shareAnew(order, total), fact.completed ?? [], 'capture'),
      };
    }
    case 'PaymentCaptured':
      return {
        ...order,
        captured: order.captured + fact.amount,
        payments: [...order.payments, { paymentId: fact.paymentId, amount: fact.amount, allocation: fact.allocation }],
        tallies: tallied(order.tallies, fact.allocation, 'capture'),
      };
    case 'RefundInitiated':
      return {
        ...order,
        refunded: order.refunded + fact.amount,
        refunds: [
          ...order.refunds,
          {
            refundId: fact.refundId,
            amount: fact.amount,
            allocation: fact.allocation,
            completed: false,
            ...(fact.asked && { asked: fact.asked }),
            ...(fact.reason !== undefined && { reason: fact.reason }),
          },
        ],
        tallies: tallied(order.tallies, fact.allocation, 'refund'),
      };
    case 'RefundCompleted':
      return {
        ...order,
        refunds: order.refunds.map((refund) =>
          refund.refundId === fact.refundId ? { ...refund, completed: true } : refund,
        ),
      };
    case 'OrderCancelled':
      return { ...order, cancelled: true };
    case 'OrderHoldResolved': {
      const total = fact.total ?? order.total;
      return {
        ...order,
        total,
        tallies: shareAnew(order, total),
        hold: { claims: order.hold?.claims ?? [], decision: fact.decision },
      };
    }
    case 'ReturnRecorded':
      return loose(order, fact, 'return');
    case 'AdjustmentRecorded':
      return loose(order, fact, 'adjustment');
    case 'OrderImported':
      return {
        ...order,
        customerId: fact.customerId,
        currency: fact.currency,
        total: fact.total,
        placedTotal: fact.total,
        captured: fact.captured,
        refunded: fact.refunded,
        tallies: sharesOf([], fact.total).map((tally) => ({
          ...tally,
          captured: fact.captured,
          refunded: fact.refunded,
        })),
        cancelled: fact.claims.length > 0 && fact.claims.every(({ status }) => saysCancelled(status)),
        hold: contradict(fact.claims) ? { claims: fact.claims, decision: null } : null,
        imported: alsoSaid(null, fact),
        status: 'placed',
      };
    case 'CustomerForgotten': {
      const { customer: _, ...others } = order;
      return { ...others, forgotten: { keyId: fact.keyId } };
    }
    case 'OrderImportedAgain': {
      const imported = alsoSaid(order.imported, fact);
      return {
        ...order,
        imported,
        hold: fact.contradicts
          ? { claims: imported.claims, decision: null }
          : order.hold && { ...order.hold, claims: imported.claims },
      };
    }
  }
}

type LooseFact = Extract<OrderEvent, { type: 'ReturnRecorded' | 'AdjustmentRecorded' }>;

const loose = (order: Order, fact: LooseFact, kind: 'return' | 'adjustment'): Order => ({
  ...order,
  customerId: order.customerId ?? fact.customerId,
  currency: order.currency || fact.currency,
  loose: [...order.loose, { kind, amount: fact.amount, lines: fact.lines }],
});

const sum = (parts: readonly { amount: number }[]): number => parts.reduce((total, part) => total + part.amount, 0);

const alsoSaid = (known: ImportedState | null, fact: { claims: Claim[] } & LoggedPast): ImportedState => ({
  claims: [...(known?.claims ?? []), ...fact.claims],
  evidence: (known?.evidence ?? 0) + fact.evidence.length + fact.evidenceLeftOut,
  gaps: (known?.gaps ?? 0) + fact.gaps.length + fact.gapsLeftOut,
});

/** A table's own words for it: `cancelled`, `CANCELED`. */
const saysCancelled = (status: string): boolean => /^cancell?ed$/i.test(status.trim());

/** What a claim says of the order itself; where it stood and when it was written makes no contradiction. */
const contentOf = ({ total, status, currency, customerId, captured, refunded }: Claim): string =>
  JSON.stringify([total, status, currency, customerId, captured, refunded]);

/** Whether rows that claim to be one order say different things of it. */
export const contradict = (claims: readonly Claim[]): boolean => new Set(claims.map(contentOf)).size > 1;

/** Whether the stream holds returns and adjustments alone, and no order. */
export const isLoose = (order: Order): boolean =>
  order.loose.length > 0 && order.placedTotal === 0 && order.lines.length === 0 && order.imported === null;

/**
 * One word for where an order stands. An order of which nothing is to be paid (its total is 0) stays `placed`. A stream
 * of a return alone is `refunded`, one with an adjustment `captured`: that money has moved.
 */
function statusOf(order: Order): OrderStatus {
  if (isLoose(order)) return order.loose.some((entry) => entry.kind === 'adjustment') ? 'captured' : 'refunded';
  if (order.status === 'none') return 'none';
  if (order.hold?.decision === null) return 'on-hold';
  if (order.cancelled) return 'cancelled';
  if (order.refunded > 0) return order.refunded >= order.captured ? 'refunded' : 'partly-refunded';
  if (order.captured > 0) return order.captured >= order.total ? 'captured' : 'partly-captured';
  return 'placed';
}
