import { z } from 'zod';

/**
 * What the console reads of each service's answers, and no more: a field that is new there breaks nothing here.
 * Money in minor units of the currency beside it; times are RFC 3339 in UTC.
 */
export const readiness = z.object({
  status: z.string(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), reason: z.string().optional() })),
});

const orderSummary = z.object({
  orderId: z.string(),
  version: z.number(),
  status: z.string(),
  customerId: z.string().nullable(),
  currency: z.string(),
  total: z.number(),
  captured: z.number(),
  refunded: z.number(),
  owed: z.number(),
  placedAt: z.string(),
});
export type OrderSummary = z.output<typeof orderSummary>;
export const orderPage = z.object({ orders: z.array(orderSummary), nextCursor: z.string().nullable() });

export const orderState = orderSummary.extend({
  recordedAt: z.string(),
  /** Absent in the answers of an order-service that is older. */
  channel: z.string().nullish(),
  lines: z.array(
    z.object({
      line: z.number(),
      sku: z.string(),
      quantity: z.number(),
      unitPrice: z.number(),
      amount: z.number(),
      description: z.string().optional(),
      exactUnitPrice: z.string().optional(),
    }),
  ),
  discounts: z.array(z.object({ code: z.string(), amount: z.number() })),
  payments: z.array(z.object({ paymentId: z.string(), amount: z.number() })),
  refunds: z.array(
    z.object({ refundId: z.string(), amount: z.number(), completed: z.boolean(), reason: z.string().optional() }),
  ),
  hold: z
    .object({
      claims: z.array(
        z.object({
          total: z.number(),
          currency: z.string().optional(),
          status: z.string(),
          customerId: z.string().optional(),
          captured: z.number().optional(),
          refunded: z.number().optional(),
          origin: z.string(),
          updatedAt: z.string().optional(),
        }),
      ),
      decision: z.string().nullable(),
    })
    .optional(),
  /** Who they are is left unread: the console shows a pseudonym, and that somebody was forgotten. */
  customer: z.object({ forgotten: z.literal(true).optional(), at: z.string().optional() }).optional(),
  historyBefore: z
    .object({ before: z.string(), origins: z.array(z.string()), evidence: z.number(), gaps: z.number() })
    .optional(),
});
export type OrderState = z.output<typeof orderState>;

const fact = z.object({
  version: z.number(),
  position: z.number(),
  eventId: z.string(),
  type: z.string(),
  occurredAt: z.string(),
  recordedAt: z.string(),
  recordedLate: z.boolean(),
  actor: z.object({ name: z.string() }).nullable(),
  reason: z.string().nullable(),
  command: z.object({ type: z.string().nullable(), id: z.string().nullable() }),
  correlationId: z.string().nullable(),
  origin: z.object({ source: z.string(), lines: z.string() }).nullable(),
  difference: z.array(
    z.object({ what: z.string(), before: z.string().nullable(), after: z.string().nullable(), text: z.string() }),
  ),
  logged: z
    .object({
      evidence: z.array(
        z.object({ at: z.string().nullable(), actor: z.string().nullable(), what: z.string(), origin: z.string() }),
      ),
      evidenceLeftOut: z.number(),
      gaps: z.array(z.object({ what: z.string(), after: z.string().nullable(), before: z.string().nullable() })),
      gapsLeftOut: z.number(),
    })
    .optional(),
  hash: z.string(),
});
export type Fact = z.output<typeof fact>;
export const orderHistory = z.object({
  orderId: z.string(),
  version: z.number(),
  facts: z.array(fact),
  nextAfterVersion: z.number().nullable(),
});

const place = { topic: z.string(), partition: z.number() };
export const projection = z.object({
  name: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  lag: z.number().nullable(),
  partitions: z.array(
    z.object({ ...place, offset: z.number(), end: z.number().nullable(), lag: z.number().nullable() }),
  ),
  progress: z
    .object({ done: z.number(), total: z.number(), ratePerSecond: z.number(), secondsLeft: z.number().nullable() })
    .nullable(),
  incomplete: z.array(z.object({ ...place, from: z.number(), to: z.number() })),
  waitingFor: z.array(z.object({ what: z.string(), since: z.string(), error: z.string() })),
  parked: z.object({ orders: z.number(), limit: z.number() }),
});
export type Projection = z.output<typeof projection>;

/** A sum over orders: it may come to more than a number can say exactly. */
const sum = z.union([z.int(), z.bigint()]).transform((sum) => BigInt(sum));
const sums = { captured: sum, refunded: sum, net: sum, units: sum };
const revenueRow = z.object({
  sku: z.string().optional(),
  day: z.string().optional(),
  currency: z.string(),
  ...sums,
});
export type RevenueRow = z.output<typeof revenueRow>;
export const revenue = z.object({ rows: z.array(revenueRow), nextCursor: z.string().nullable() });

const revenueEntry = z.object({
  orderId: z.string(),
  version: z.number(),
  line: z.number(),
  type: z.string(),
  sku: z.string(),
  day: z.string(),
  currency: z.string(),
  ...sums,
  occurredAt: z.string(),
});
export type RevenueEntry = z.output<typeof revenueEntry>;
export const revenueEntries = z.object({ rows: z.array(revenueEntry), nextCursor: z.string().nullable() });
