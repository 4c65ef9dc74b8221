import { z } from 'zod';

const finding = z.object({
  number: z.number(),
  orderId: z.string(),
  kind: z.string(),
  /** What its kind means. */
  says: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  foundAt: z.string(),
  resolvedAt: z.string().nullable(),
  /** Absent in the answers of an audit that is older. */
  claims: z.array(z.string()).optional(),
});
export type Finding = z.output<typeof finding>;
export const findingsPage = z.object({ findings: z.array(finding), nextCursor: z.string().nullable() });

export const integrity = z.object({
  facts: z.number(),
  highestPosition: z.number(),
  contiguousTo: z.number(),
  missing: z.array(z.object({ from: z.number(), to: z.number() })),
  missingCount: z.number(),
  claimedTwice: z.array(z.number()),
  chains: z.object({ checked: z.number(), broken: z.number() }),
  findings: z.object({ open: z.number(), resolved: z.number(), byKind: z.record(z.string(), z.number()) }),
});
export type Integrity = z.output<typeof integrity>;

/** The audit's own story of an order, made from Kafka alone. */
export const auditedOrder = z.object({
  facts: z.array(z.object({ version: z.number(), hash: z.string(), hashHolds: z.boolean().nullable() })),
  attempts: z.array(
    z.object({
      commandId: z.string(),
      command: z.string(),
      refusal: z.string(),
      attemptedAt: z.string(),
      orderVersion: z.number(),
      actor: z.string().nullable(),
      reason: z.string().nullable(),
      currency: z.string().nullable(),
      amount: z.number().nullable(),
      allowed: z.number().nullable(),
      existingTotal: z.number().nullable(),
      existingCurrency: z.string().nullable(),
      used: z.object({ id: z.string(), amount: z.number() }).nullish(),
    }),
  ),
  findings: z.array(finding),
  nextCursor: z.string().nullable(),
});
export type AuditedOrder = z.output<typeof auditedOrder>;
export type Attempt = AuditedOrder['attempts'][number];
