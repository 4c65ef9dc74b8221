import { z } from 'zod';
import { dossierCheckpoint, withoutCheckpoint, type WithoutCheckpoint } from './dossier-checkpoint.js';
import { claimSchema, historyBeforeSchema, loggedPastSchema } from '../imported-history.js';

/**
 * What a dossier has and in which words it tells it; another shape, or another sentence for a fact, gets another name, and an
 * older reader says that it does not know it. In /1 sentences and changes were its issuer's own words; from /2 on they follow
 * from the facts.
 */
export const dossierFormat = 'orderlog-dossier/2';
export const olderDossierFormat = 'orderlog-dossier/1';

const minor = z.int().describe('in minor units of the order’s currency');
const instant = z.string().describe('RFC 3339, UTC, with microseconds');
const hash = z.string().regex(/^[0-9a-f]{64}$/);

const runningMoney = z
  .object({
    ordered: minor.describe('the lines, before any discount'),
    discounted: minor,
    total: minor.describe('ordered less discounted: what is to be paid'),
    captured: minor,
    refunded: minor,
    owed: minor,
    returned: minor.describe('given back for goods that name no sale; imports alone have it'),
    adjusted: minor.describe('corrections that name no sale, signed; imports alone have them'),
  })
  .meta({ id: 'RunningMoney' });

const fact = z
  .object({
    version: z.int(),
    position: z.int().describe('its place among all facts of the store'),
    eventId: z.string(),
    type: z.string(),
    schemaVersion: z.int(),
    says: z.string().describe('the fact as a sentence'),
    occurredAt: instant.describe('when it happened'),
    recordedAt: instant.describe('when we learned of it'),
    recordedLate: z.boolean().describe('whether something that happened later was known before it'),
    actor: z.string().nullable().describe('who, as they say of themselves: a claim'),
    reason: z.string().nullable(),
    command: z.object({ type: z.string().nullable(), id: z.string().nullable() }),
    correlationId: z.string().nullable(),
    causationId: z.string().nullable(),
    origin: z.object({ source: z.string(), lines: z.string() }).nullable(),
    changes: z.array(z.string()).describe('what it changed, money as a person writes it'),
    logged: loggedPastSchema
      .optional()
      .describe('of an import: what a log beside the table says; evidence, and no fact'),
    after: z.object({ status: z.string(), money: runningMoney }),
    data: z.record(z.string(), z.unknown()).describe('exactly as it is kept and hashed'),
    previousHash: hash,
    hash: hash.describe('sha256(previousHash ‖ RFC 8785 bytes of the fact)'),
  })
  .meta({ id: 'DossierFact' });

const attempt = z
  .object({
    attemptId: z.string(),
    attemptedAt: instant,
    says: z.string(),
    command: z.string(),
    refusal: z.string(),
    orderVersion: z.int().describe('how the order stood when it was refused'),
    actor: z.string().nullable(),
    reason: z.string().nullable(),
    commandId: z.string(),
    correlationId: z.string().nullable(),
    currency: z.string().nullable(),
    amount: minor.nullable(),
    allowed: minor.nullable(),
    existingTotal: minor.nullable(),
    existingCurrency: z
      .string()
      .nullable()
      .optional()
      .describe('of `existingTotal`; what was attempted may be in another. Dossiers of before do not say'),
    sameContent: z.boolean().nullable(),
    used: z
      .object({ id: z.string(), amount: minor })
      .nullable()
      .optional()
      .describe(
        'of a payment’s or refund’s ID that was used again: whose it is, and for how much. Absent in older dossiers',
      ),
  })
  .meta({ id: 'DossierAttempt' });

/** What is signed. Nobody's name or address is in it: a customer is a pseudonym, and what is sealed stays sealed. */
export const dossierDocument = z
  .object({
    format: z.enum([dossierFormat, olderDossierFormat]),
    orderId: z.string(),
    issuedAt: instant,
    order: z.object({
      version: z.int(),
      status: z.string(),
      currency: z.string(),
      customerId: z.string().nullable(),
      channel: z.string().nullable().optional().describe('where the order came from; absent in older dossiers'),
      money: runningMoney,
      placedAt: instant,
      updatedAt: instant,
      recordedAt: instant,
      historyBeforeUnknown: z.boolean().describe('imported from a table that had overwritten itself'),
      lines: z.array(
        z.object({ line: z.int(), sku: z.string(), quantity: z.int(), unitPrice: z.string(), amount: minor }),
      ),
      discounts: z.array(z.object({ code: z.string(), amount: minor })),
      payments: z.array(z.object({ paymentId: z.string(), amount: minor })),
      refunds: z.array(z.object({ refundId: z.string(), amount: minor, completed: z.boolean() })),
      claims: z.array(claimSchema).describe('what contradicting rows said of it, where it was put on hold'),
      historyBefore: historyBeforeSchema.optional().describe('of an imported order: what is not known of it'),
    }),
    facts: z.array(fact).min(1),
    attempts: z.array(attempt),
    attemptsNotShown: z.int().describe('later ones, beyond the limit of what one dossier lists'),
    people: z.array(
      z.object({
        name: z.string().nullable().describe('as they say of themselves; null: nobody said'),
        facts: z.array(z.int()).describe('the versions that they made'),
        attempts: z.int(),
      }),
    ),
    proofs: z.object({
      chain: z.object({ rule: z.string(), head: z.object({ version: z.int(), hash }) }),
      store: z
        .object({ position: z.int(), recordedAt: instant.nullable(), hash: hash.nullable() })
        .describe('the store’s last fact when the dossier was made'),
      checkpoint: dossierCheckpoint
        .nullable()
        .optional()
        .describe('the audit’s word for the facts; absent in older dossiers'),
      withoutCheckpoint: z
        .enum(Object.keys(withoutCheckpoint) as [WithoutCheckpoint, ...WithoutCheckpoint[]])
        .optional()
        .describe('why checkpoint is null'),
    }),
  })
  .meta({ id: 'Dossier' });

export const dossierSignature = z
  .object({
    algorithm: z.literal('Ed25519'),
    over: z.literal('the RFC 8785 bytes of dossier'),
    keyId: z.string(),
    publicKey: z.string().describe('PEM; whose it is, only the key that you know by another way can tell'),
    value: z.base64(),
  })
  .meta({ id: 'DossierSignature' });

export const signedDossier = z
  .object({ dossier: dossierDocument, signature: dossierSignature })
  .meta({ id: 'SignedDossier' });

export type RunningMoney = z.output<typeof runningMoney>;
export type DossierFact = z.output<typeof fact>;
export type DossierAttempt = z.output<typeof attempt>;
export type DossierSignature = z.output<typeof dossierSignature>;
export type Dossier = z.output<typeof dossierDocument>;
export type SignedDossier = z.output<typeof signedDossier>;
