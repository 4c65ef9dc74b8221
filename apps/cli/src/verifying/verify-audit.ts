import { canonicalBytes, canonicalDocument, hashOf } from '@orderlog/order-contract';
import type pg from 'pg';
import { type AuditFact, auditFacts, factAt } from './compared.sql.js';
import { type Differences, hasPassed, type KnownFacts } from './known-facts.js';

/**
 * Compares what the audit has heard with the store: the same fact at each position, once, word for word. A fact that it has
 * not come to yet is no difference.
 * @param reached how far the audit had read each partition before the topic was looked at
 * @returns how many facts the audit has yet to read
 */
export async function verifyAudit(options: {
  pool: pg.Pool;
  upTo: number;
  order?: string;
  known: KnownFacts;
  reached: Map<number, number>;
  differences: Differences;
  signal: AbortSignal;
  onProgress: (facts: number) => void;
}): Promise<number> {
  const { pool, known, reached, upTo, differences, signal } = options;
  const held = new Set<number>();
  for await (const facts of auditFacts(pool, upTo, options.order)) {
    signal.throwIfAborted();
    for (const fact of facts) {
      const { position, order, version, hash, hashHolds } = fact;
      const wrong = (what: string) => differences.add({ where: 'audit', order, version, position, what });
      if (position === null) {
        wrong('the audit holds a fact without a position');
        continue;
      }
      if (!known.has(position)) wrong('the audit holds a fact that the store does not have');
      else if (!known.is(position, hash)) wrong('the audit holds another fact than the store');
      else if (hashHolds === false) wrong('what the audit heard is not what its hash is of');
      else if (!isAsHeard(fact)) wrong('what the audit holds is not what its hash is of: its own copy was changed');
      else if (held.has(position)) wrong('the audit holds it twice');
      held.add(position);
    }
    options.onProgress(held.size);
  }
  let ahead = 0;
  for (const position of known.positions()) {
    if (held.has(position)) continue;
    if (!hasPassed(reached, known, position)) {
      ahead++;
      continue;
    }
    const fact = await factAt(pool, position);
    const what = 'the audit has read past it and does not hold it';
    differences.add({ where: 'audit', order: fact?.order ?? null, version: fact?.version ?? null, position, what });
  }
  return ahead;
}

/** Whether the hash comes out of the audit's own columns again, which is what it answers with. */
function isAsHeard({ data, metadata, ...fact }: AuditFact): boolean {
  if (data === null) return true; // of a type that it did not know: there is nothing that could be hashed
  const document = canonicalDocument({ ...fact, orderId: fact.order, data, metadata });
  return hashOf(fact.previousHash, canonicalBytes(document)).equals(fact.hash);
}
