import type { AuditedOrder, Attempt } from '../findings/shapes.js';
import type { Answer } from '../services/service.js';
import type { Fact } from '../services/shapes.js';

/** What the audit says of one fact: the same, not seen yet, another content, or nothing because it is away. */
export type Witnessed = 'same' | 'unseen' | 'differs' | 'unknown';

/** Compares a fact, as order-service tells it, with what the audit made of Kafka's message. */
export function witnessOf(fact: Pick<Fact, 'version' | 'hash'>, audited: Answer<AuditedOrder>): Witnessed {
  // It has never heard of the order: a 404 is an answer.
  if (!audited.ok) return audited.status === 404 ? 'unseen' : 'unknown';
  const seen = audited.value.facts.filter(({ version }) => version === fact.version);
  // Of an order with more facts than an answer holds, the later ones are not asked for.
  if (seen.length === 0) return audited.value.nextCursor === null ? 'unseen' : 'unknown';
  return seen.every(({ hash, hashHolds }) => hash === fact.hash && hashHolds !== false) ? 'same' : 'differs';
}

export type Entry = { fact: Fact; index: number } | { attempt: Attempt };

/**
 * Facts and refused attempts in one story: an attempt stands after the fact that the order had come to when it was
 * refused, and among its like by time.
 * @param following where more facts follow on another page: an attempt after one of those stands there
 */
export function interwoven(
  facts: readonly Fact[],
  attempts: readonly Attempt[],
  following: 'more follow' | 'none follows' = 'none follows',
): Entry[] {
  const end = following === 'more follow' ? (facts.at(-1)?.version ?? 0) + 1 : Infinity;
  const waiting = attempts.toSorted((left, right) => left.attemptedAt.localeCompare(right.attemptedAt));
  const story: Entry[] = [];
  for (const [index, fact] of facts.entries()) {
    story.push({ fact, index });
    const next = facts[index + 1]?.version ?? end;
    story.push(
      ...waiting
        .filter(({ orderVersion }) => orderVersion >= fact.version && orderVersion < next)
        .map((attempt) => ({ attempt })),
    );
  }
  return story;
}
