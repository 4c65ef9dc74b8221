import { evolve, isLoose } from './evolve.js';
import { emptyOrder, owedOf, refundableOf } from './order.js';
import type { Order } from './order.js';
import type { OrderEvent } from './order-event.js';

/** A fact with what says when it was true. */
export interface TimedFact {
  fact: OrderEvent;
  /** When it happened in the business; microseconds, UTC. */
  occurredAt: number;
  version: number;
}

/**
 * What was true at an instant: the facts that had occurred by then (also those that we learned of only later), folded
 * by when they occurred and, where that is the same, by version.
 *
 * In that order a fact may stand where it makes no sense (a refund that was recorded late, dated before its capture).
 * It is left out and listed, never thrown: it is a finding for people and no reason to give no answer.
 */
export function foldAsOf<F extends TimedFact>(
  facts: readonly F[],
  instant: number,
): { order: Order; notApplicable: F[] } {
  const then = facts
    .filter((timed) => timed.occurredAt <= instant)
    .sort((a, b) => a.occurredAt - b.occurredAt || a.version - b.version);
  let order = emptyOrder;
  const notApplicable: F[] = [];
  for (const timed of then) {
    if (applies(order, timed.fact)) order = evolve(order, timed.fact);
    else notApplicable.push(timed);
  }
  return { order, notApplicable };
}

/** Whether a fact could have happened to the order as it stands here: the rules of `decide`, asked of a fact. */
function applies(order: Order, fact: OrderEvent): boolean {
  switch (fact.type) {
    case 'OrderPlaced':
    case 'OrderImported':
      return order.status === 'none';
    case 'ReturnRecorded':
    case 'AdjustmentRecorded':
      return true;
    case 'OrderHoldResolved':
      return order.hold?.decision === null;
    case 'CustomerForgotten':
      return order.customer?.keyId === fact.keyId;
    case 'OrderImportedAgain':
      return order.imported !== null;
    default:
      break;
  }
  if (order.status === 'none' || order.status === 'on-hold' || isLoose(order)) return false;
  switch (fact.type) {
    case 'OrderUpdated':
      return !order.cancelled && order.captured === 0 && sum(order.discounts) <= sum(fact.lines);
    case 'DiscountApplied':
      return (
        !order.cancelled &&
        order.total - fact.amount >= order.captured &&
        !order.discounts.some((discount) => discount.code === fact.code)
      );
    case 'PaymentCaptured':
      return (
        !order.cancelled &&
        fact.amount <= owedOf(order) &&
        !order.payments.some((payment) => payment.paymentId === fact.paymentId)
      );
    case 'RefundInitiated':
      return (
        !order.cancelled &&
        fact.amount <= refundableOf(order) &&
        !order.refunds.some((refund) => refund.refundId === fact.refundId)
      );
    case 'RefundCompleted':
      return order.refunds.some((refund) => refund.refundId === fact.refundId && !refund.completed);
    case 'OrderCancelled':
      return !order.cancelled && refundableOf(order) === 0;
  }
}

const sum = (parts: readonly { amount: number }[]): number => parts.reduce((total, part) => total + part.amount, 0);
