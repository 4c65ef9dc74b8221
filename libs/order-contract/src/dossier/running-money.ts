import { owedOf, type Order } from '@orderlog/order-domain';
import type { RunningMoney } from './dossier.js';

/** The money of an order as a table runs it. Ordered less discounted is what is to be paid. */
export function runningMoneyOf(order: Order): RunningMoney {
  const discounted = sum(order.discounts);
  return {
    ordered: order.total + discounted,
    discounted,
    total: order.total,
    captured: order.captured,
    refunded: order.refunded,
    owed: owedOf(order),
    returned: sum(order.loose.filter(({ kind }) => kind === 'return')),
    adjusted: sum(order.loose.filter(({ kind }) => kind === 'adjustment')),
  };
}

const sum = (parts: readonly { amount: number }[]): number => parts.reduce((total, { amount }) => total + amount, 0);
