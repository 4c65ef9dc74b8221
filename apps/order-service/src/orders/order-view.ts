import { formatInstant } from '@orderlog/instant';
import {
  claimSchema,
  claimViewOf,
  historyBeforeOf,
  historyBeforeSchema,
  type OrderState,
} from '@orderlog/order-contract';
import { owedOf, type Allocation, type Line } from '@orderlog/order-domain';
import { z } from 'zod';

const money = z.int().describe('in minor units of the order’s currency');
const instant = z.string().describe('RFC 3339, UTC, with microseconds');
const line = z
  .strictObject({
    line: z.int(),
    sku: z.string(),
    quantity: z.int(),
    unitPrice: money,
    amount: money,
    description: z.string().optional(),
    exactUnitPrice: z.string().optional().describe('decimal, where minor units cannot hold the price'),
  })
  .meta({ id: 'Line' });
const allocation = z
  .array(z.strictObject({ line: z.int(), sku: z.string(), quantity: z.int(), amount: money }))
  .describe('its part of each line; adds up to the amount');
const looseLine = z.looseObject({ line: z.int(), sku: z.string(), quantity: z.int(), amount: money });

export const example8471 = {
  orderId: '8471',
  version: 2,
  status: 'placed',
  customerId: 'c-1042',
  channel: 'web-shop',
  currency: 'GBP',
  lines: [{ line: 1, sku: '85048', quantity: 1, unitPrice: 8999, amount: 8999 }],
  discounts: [{ code: 'SAVE10', amount: 1000 }],
  total: 7999,
  captured: 0,
  refunded: 0,
  owed: 7999,
  payments: [],
  refunds: [],
  placedAt: '2026-11-24T14:00:00.000000Z',
  updatedAt: '2026-11-24T14:02:00.000000Z',
  recordedAt: '2026-11-24T14:02:00.000412Z',
};

/** An order as an answer. */
export const orderView = z
  .strictObject({
    orderId: z.string(),
    version: z.int().describe('how many facts have made it what it is'),
    status: z.enum(['placed', 'partly-captured', 'captured', 'partly-refunded', 'refunded', 'cancelled', 'on-hold']),
    customerId: z.string().nullable(),
    channel: z.string().nullable().describe('where it came from; `unknown`: nobody was asked when it was placed'),
    currency: z.string(),
    lines: z.array(line),
    discounts: z.array(z.strictObject({ code: z.string(), amount: money })),
    total: money,
    captured: money,
    refunded: money,
    owed: money,
    payments: z.array(z.strictObject({ paymentId: z.string(), amount: money, allocation })),
    refunds: z.array(
      z.strictObject({
        refundId: z.string(),
        amount: money,
        completed: z.boolean(),
        reason: z.string().optional(),
        allocation,
      }),
    ),
    loose: z
      .array(z.strictObject({ kind: z.enum(['return', 'adjustment']), amount: money, lines: z.array(looseLine) }))
      .optional()
      .describe('returns and adjustments that name no sale; imported ones only'),
    hold: z
      .strictObject({
        claims: z.array(claimSchema),
        decision: z.string().nullable(),
      })
      .optional()
      .describe('an imported order whose sources contradict each other'),
    historyBeforeUnknown: z.literal(true).optional().describe('imported from a table that had overwritten itself'),
    historyBefore: historyBeforeSchema.optional().describe('of an imported order: before when nothing is known of it'),
    placedAt: instant.describe('when its first fact happened'),
    updatedAt: instant.describe(
      'when the fact of this version happened, which is earlier than others where it was recorded late; with asOf: the latest of all',
    ),
    recordedAt: instant.describe('when we learned of its latest fact'),
  })
  .meta({ id: 'Order', example: example8471 });

export type OrderView = z.output<typeof orderView>;

// jsonb keeps an object's keys in an order of its own: written out, an answer is the same text whether its facts were
// just decided or have been read.
const lineOf = ({ line: number, sku, quantity, unitPrice, amount, description, exactUnitPrice }: Line) => ({
  line: number,
  sku,
  quantity,
  unitPrice,
  amount,
  ...(description === undefined ? {} : { description }),
  ...(exactUnitPrice === undefined ? {} : { exactUnitPrice }),
});
const partOf = ({ line: number, sku, quantity, amount }: Allocation) => ({ line: number, sku, quantity, amount });

/** The order as everyone may see it: who the customer is, is not in it. */
export function viewOf(orderId: string, state: OrderState): OrderView {
  const { order } = state;
  return {
    orderId,
    version: state.version,
    status: order.status as OrderView['status'],
    customerId: order.customerId,
    channel: order.channel,
    currency: order.currency,
    lines: order.lines.map(lineOf),
    discounts: order.discounts.map(({ code, amount }) => ({ code, amount })),
    total: order.total,
    captured: order.captured,
    refunded: order.refunded,
    owed: owedOf(order),
    payments: order.payments.map(({ paymentId, amount, allocation }) => ({
      paymentId,
      amount,
      allocation: allocation.map(partOf),
    })),
    refunds: order.refunds.map(({ refundId, amount, completed, reason, allocation }) => ({
      refundId,
      amount,
      completed,
      ...(reason === undefined ? {} : { reason }),
      allocation: allocation.map(partOf),
    })),
    ...importedOnly(state),
    placedAt: formatInstant(state.placedAt),
    updatedAt: formatInstant(state.updatedAt),
    recordedAt: formatInstant(state.recordedAt),
  };
}

const importedOnly = ({
  order,
  placedAt,
}: OrderState): Pick<OrderView, 'loose' | 'hold' | 'historyBeforeUnknown' | 'historyBefore'> => ({
  ...(order.loose.length > 0
    ? {
        loose: order.loose.map(({ kind, amount, lines }) => ({
          kind,
          amount,
          lines: lines.map((part) => ({ ...part })),
        })),
      }
    : {}),
  ...(order.hold ? { hold: { claims: order.hold.claims.map(claimViewOf), decision: order.hold.decision } } : {}),
  ...(order.imported
    ? { historyBeforeUnknown: true as const, historyBefore: historyBeforeOf(order.imported, placedAt) }
    : {}),
});
