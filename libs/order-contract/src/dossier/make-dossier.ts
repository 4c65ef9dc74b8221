import { formatInstant, type Instant } from '@orderlog/instant';
import { differenceOf, emptyOrder, evolve, formatAmount, type OrderEventType } from '@orderlog/order-domain';
import type { RecordedFact } from '../recorded-fact.js';
import { claimViewOf, historyBeforeOf, loggedPastOf } from '../imported-history.js';
import { damageOf } from '../folded-state.js';
import { fromStored } from '../stored-fact.js';
import type { DossierCheckpoint, WithoutCheckpoint } from './dossier-checkpoint.js';
import { dossierFormat, type Dossier, type DossierAttempt, type DossierFact } from './dossier.js';
import { runningMoneyOf } from './running-money.js';
import { sentenceOf } from './sentence-of.js';

/** What a dossier is made of. */
export interface DossierSources {
  orderId: string;
  issuedAt: Instant;
  /** All of the order's facts, from version 1 on. */
  facts: readonly RecordedFact[];
  attempts: readonly DossierAttempt[];
  attemptsNotShown: number;
  /** The store's last fact, read after the order's. */
  store: { position: number; recordedAt: Instant | null; hash: Buffer | null };
  /** The audit's word for the facts, or why there is none. */
  checkpoint: DossierCheckpoint | WithoutCheckpoint;
}

/** What each fact came of; null: an import, not a command. */
export const commandOf: Record<OrderEventType, string | null> = {
  OrderPlaced: 'PlaceOrder',
  OrderUpdated: 'UpdateLines',
  DiscountApplied: 'ApplyDiscount',
  PaymentCaptured: 'CapturePayment',
  RefundInitiated: 'InitiateRefund',
  RefundCompleted: 'CompleteRefund',
  OrderCancelled: 'CancelOrder',
  OrderHoldResolved: 'ResolveHold',
  ReturnRecorded: null,
  AdjustmentRecorded: null,
  OrderImported: null,
  CustomerForgotten: 'ForgetCustomer',
  OrderImportedAgain: null,
};

const rule =
  'hash = sha256(previousHash ‖ RFC 8785 JSON of {stream, version, eventId, type, schemaVersion, occurredAt, recordedAt, data, metadata} without nulls); the previous hash of version 1 is 32 zero bytes';

/**
 * Puts together what happened to an order, for people and for whoever checks it. Pure: the same sources, the same bytes.
 * @throws ContractError where a fact is of a type or version that this release does not know, or is damaged
 */
export function dossierOf(sources: DossierSources): Dossier {
  const { orderId, issuedAt, attempts, attemptsNotShown, store, checkpoint } = sources;
  let order = emptyOrder;
  let latestOccurred = -Infinity;
  const told = (recorded: RecordedFact): DossierFact => {
    const before = order;
    const fact = fromStored(recorded);
    order = evolve(order, fact);
    const recordedLate = recorded.occurredAt < latestOccurred;
    latestOccurred = Math.max(latestOccurred, recorded.occurredAt);
    const { metadata } = recorded;
    const logged = loggedPastOf(fact);
    return {
      version: recorded.version,
      position: recorded.position,
      eventId: recorded.eventId,
      type: recorded.type,
      schemaVersion: recorded.schemaVersion,
      says: sentenceOf(fact, before, order),
      occurredAt: formatInstant(recorded.occurredAt),
      recordedAt: formatInstant(recorded.recordedAt),
      recordedLate,
      actor: metadata.actor ?? null,
      reason: metadata.reason ?? null,
      command: { type: commandOf[fact.type], id: metadata.commandId ?? null },
      correlationId: metadata.correlationId ?? null,
      causationId: metadata.causationId ?? null,
      origin: metadata.origin ?? null,
      changes: differenceOf(before, order).map(({ text }) => text),
      ...(logged && { logged }),
      after: { status: order.status, money: runningMoneyOf(order) },
      data: recorded.data,
      previousHash: recorded.previousHash.toString('hex'),
      hash: recorded.hash.toString('hex'),
    };
  };
  const facts = sources.facts.map((recorded) => {
    try {
      return told(recorded);
    } catch (error) {
      throw damageOf(recorded, error);
    }
  });
  const [first, last] = [facts[0], facts.at(-1)];
  if (!first || !last) throw new RangeError(`order ${orderId} has no facts to make a dossier of`);
  const { currency } = order;
  return {
    format: dossierFormat,
    orderId,
    issuedAt: formatInstant(issuedAt),
    order: {
      version: last.version,
      ...last.after,
      currency,
      customerId: order.customerId,
      channel: order.channel,
      placedAt: first.occurredAt,
      updatedAt: last.occurredAt,
      recordedAt: last.recordedAt,
      historyBeforeUnknown: order.imported !== null,
      lines: order.lines.map(({ line, sku, quantity, unitPrice, exactUnitPrice, amount }) => ({
        line,
        sku,
        quantity,
        unitPrice: exactUnitPrice ?? formatAmount(unitPrice, currency),
        amount,
      })),
      discounts: order.discounts.map(({ code, amount }) => ({ code, amount })),
      payments: order.payments.map(({ paymentId, amount }) => ({ paymentId, amount })),
      refunds: order.refunds.map(({ refundId, amount, completed }) => ({ refundId, amount, completed })),
      claims: (order.hold?.claims ?? []).map(claimViewOf),
      ...(order.imported && { historyBefore: historyBeforeOf(order.imported, sources.facts[0]!.occurredAt) }),
    },
    facts,
    attempts: [...attempts],
    attemptsNotShown,
    people: peopleOf(facts, attempts),
    proofs: {
      chain: { rule, head: { version: last.version, hash: last.hash } },
      store: {
        position: store.position,
        recordedAt: store.recordedAt === null ? null : formatInstant(store.recordedAt),
        hash: store.hash?.toString('hex') ?? null,
      },
      ...(typeof checkpoint === 'string' ? { checkpoint: null, withoutCheckpoint: checkpoint } : { checkpoint }),
    },
  };
}

/** Who had a hand in it, in the order in which they first did. */
function peopleOf(facts: readonly DossierFact[], attempts: readonly DossierAttempt[]): Dossier['people'] {
  const people = new Map<string | null, Dossier['people'][number]>();
  const person = (name: string | null) => {
    const known = people.get(name) ?? { name, facts: [], attempts: 0 };
    people.set(name, known);
    return known;
  };
  for (const { actor, version } of facts) person(actor).facts.push(version);
  for (const { actor } of attempts) person(actor).attempts += 1;
  return [...people.values()];
}
