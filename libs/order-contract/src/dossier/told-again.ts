import { parseInstant } from '@orderlog/instant';
import { emptyOrder, evolve, owedOf, refundableOf, type Order } from '@orderlog/order-domain';
import type { FactMetadata, RecordedFact } from '../recorded-fact.js';
import { fromStored, withoutNulls, type Data } from '../stored-fact.js';
import { sentenceAround } from './attempt-sentence.js';
import type { Dossier, DossierAttempt, DossierFact } from './dossier.js';
import { dossierOf } from './make-dossier.js';

/** A fact of a dossier as the store has kept it. @returns undefined where it has a time that is none */
export function recordedOf(orderId: string, fact: DossierFact): RecordedFact | undefined {
  const [occurredAt, recordedAt] = [parseInstant(fact.occurredAt), parseInstant(fact.recordedAt)];
  if (occurredAt === undefined || recordedAt === undefined) return undefined;
  const { version, position, eventId, type, schemaVersion, data } = fact;
  const { actor, reason, correlationId, causationId, command, origin } = fact;
  return {
    ...{ stream: orderId, version, position, eventId, type, schemaVersion, data: data as Data, occurredAt, recordedAt },
    metadata: withoutNulls({
      actor,
      reason,
      correlationId,
      causationId,
      commandId: command.id,
      origin,
    }) as FactMetadata,
    previousHash: Buffer.from(fact.previousHash, 'hex'),
    hash: Buffer.from(fact.hash, 'hex'),
  };
}

/**
 * Tells the order again from a dossier's own facts, as whoever made it has to, and compares every word.
 * @param dossier of which the facts were found to be a chain
 * @param content the same, as it was read: also what no dossier has
 * @returns the first thing that it says otherwise, in words
 */
export function toldOtherwise(dossier: Dossier, content: unknown): string | undefined {
  const { orderId, attempts, attemptsNotShown, proofs } = dossier;
  const facts = dossier.facts.map((fact) => recordedOf(orderId, fact));
  const [issuedAt, storeRecordedAt] = [dossier.issuedAt, proofs.store.recordedAt].map((at) =>
    at === null ? null : parseInstant(at),
  );
  if (issuedAt === undefined || issuedAt === null || storeRecordedAt === undefined || facts.includes(undefined)) {
    return 'it has a time that is none';
  }
  const again = dossierOf({
    ...{ orderId, issuedAt, attempts, attemptsNotShown, facts: facts as RecordedFact[] },
    store: {
      position: proofs.store.position,
      recordedAt: storeRecordedAt,
      hash: proofs.store.hash === null ? null : Buffer.from(proofs.store.hash, 'hex'),
    },
    checkpoint: proofs.checkpoint ?? proofs.withoutCheckpoint!,
  });
  return firstDifference('', content, JSON.parse(JSON.stringify(again))) ?? attemptToldOtherwise(dossier);
}

/** A refused attempt stands in no chain; but what it says of the order's money, the facts say too. */
function attemptToldOtherwise({ attempts, facts }: Dossier): string | undefined {
  const states: Order[] = [emptyOrder];
  for (const { type, schemaVersion, data } of facts) {
    states.push(evolve(states.at(-1)!, fromStored({ type, schemaVersion, data: data as Data })));
  }
  for (const [index, attempt] of attempts.entries()) {
    const [before, behind] = sentenceAround(attempt);
    const { says } = attempt;
    if (!says.startsWith(before) || !says.endsWith(behind) || says.length <= before.length + behind.length) {
      return `attempts.${index}.says is ${shown(says)}, and what it says of itself makes it ${shown(`${before}…${behind}`)}`;
    }
    // Others of the same moment may have added facts that are not here.
    const state = states[attempt.orderVersion];
    const differs = state && moneyOtherwise(attempt, state);
    if (differs) return `attempts.${index}.${differs} at version ${attempt.orderVersion}`;
  }
  return undefined;
}

function moneyOtherwise({ refusal, allowed, existingTotal, used }: DossierAttempt, order: Order): string | undefined {
  const differs = (name: string, said: number | null | undefined, made: number | undefined) =>
    said === made ? undefined : `${name} is ${said ?? 'nothing'}, and the facts make it ${made ?? 'nothing'}`;
  const usedAmount = (of: readonly { id: string; amount: number }[]) =>
    used ? differs('used.amount', used.amount, of.find(({ id }) => id === used.id)?.amount) : undefined;
  switch (refusal) {
    case 'capture-exceeds-owed':
      return differs('allowed', allowed, owedOf(order));
    case 'refund-exceeds-captured':
      return differs('allowed', allowed, refundableOf(order));
    case 'order-exists':
      return differs('existingTotal', existingTotal, order.placedTotal);
    case 'payment-id-used':
      return usedAmount(order.payments.map(({ paymentId: id, amount }) => ({ id, amount })));
    case 'refund-id-used':
      return usedAmount(order.refunds.map(({ refundId: id, amount }) => ({ id, amount })));
    default:
      return undefined;
  }
}

/** The first place at which two JSON values differ, in words. */
function firstDifference(path: string, said: unknown, made: unknown): string | undefined {
  if (Object.is(said, made)) return undefined;
  if (typeof said === 'object' && said !== null && typeof made === 'object' && made !== null) {
    if (Array.isArray(said) === Array.isArray(made)) {
      const [there, here] = [said, made] as Record<string, unknown>[];
      for (const name of new Set([...Object.keys(here!), ...Object.keys(there!)])) {
        const own = (of: Record<string, unknown>) => (Object.hasOwn(of, name) ? of[name] : undefined);
        const differs = firstDifference(path === '' ? name : `${path}.${name}`, own(there!), own(here!));
        if (differs !== undefined) return differs;
      }
      return undefined;
    }
  }
  return `${path} is ${shown(said)}, and the facts make it ${shown(made)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
