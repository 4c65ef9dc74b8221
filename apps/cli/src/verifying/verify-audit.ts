import type pg from 'pg';
import { auditFacts, factAt } from './compared.sql.js';
import type { Difference, KnownFacts } from './known-facts.js';

/**
 * Compares what the audit has heard with the store: the same fact at each position, once. A fact that it has not come to
 * yet is no difference.
 * @param reached how far the audit had read each partition before the topic was looked at
 * @returns the differences, and how many facts the audit has yet to read
 */
export async function verifyAudit(options: {
  pool: pg.Pool;
  upTo: number;
  order?: string;
  known: KnownFacts;
  reached: Map<number, number>;
  signal: AbortSignal;
  onProgress: (facts: number) => void;
}): Promise<{ differences: Difference[]; ahead: number }> {
  const { pool, known, reached, upTo, signal } = options;
  const differences: Difference[] = [];
  const held = new Set<number>();
  for await (const facts of auditFacts(pool, upTo, options.order)) {
    signal.throwIfAborted();
    for (const { position, order, version, hash, hashHolds } of facts) {
      const wrong = (what: string) => differences.push({ where: 'audit', order, version, position, what });
      if (position === null) wrong('the audit holds a fact without a position');
      else if (!known.has(position)) wrong('the audit holds a fact that the store does not have');
      else if (!known.is(position, hash)) wrong('the audit holds another fact than the store');
      else if (hashHolds === false) wrong('what the audit heard is not what its hash is of');
      else held.add(position);
    }
    options.onProgress(held.size);
  }
  const differing = new Set(differences.map(({ position }) => position));
  let ahead = 0;
  for (const position of known.positions()) {
    if (held.has(position) || differing.has(position)) continue;
    const place = known.placeOf(position);
    if (!place || place.offset >= (reached.get(place.partition) ?? 0)) {
      ahead++;
      continue;
    }
    const fact = await factAt(pool, position);
    const what = 'the audit has read past it and does not hold it';
    differences.push({ where: 'audit', order: fact?.order ?? null, version: fact?.version ?? null, position, what });
  }
  return { differences, ahead };
}
