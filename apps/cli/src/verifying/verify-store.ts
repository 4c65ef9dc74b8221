import { hashOf, noHash, type StoredEvent } from '@orderlog/event-store';
import type pg from 'pg';
import type { FactAsKept } from './fact-as-kept.js';
import { factsOfOrder, factsUpTo, strayFacts } from './facts-as-kept.sql.js';
import type { Differences, KnownFacts } from './known-facts.js';

interface Last {
  version: number;
  hash: Buffer;
}

/**
 * Reads the facts up to a position and checks what the store promises of them: positions without a hole, versions without a
 * hole in each order, each fact's hash computed again from what it says and from the hash before it, and recorded later than
 * the fact before it. Fills `known` with what stands there, right or wrong.
 * @param order only this one: then positions of others are not looked at
 */
export async function verifyStore(options: {
  pool: pg.Pool;
  upTo: number;
  order?: string;
  known: KnownFacts;
  differences: Differences;
  /** Told of each fact that can be read; and of the others, that they are there. */
  onFact: (event: StoredEvent) => void;
  onOddFact: (fact: FactAsKept) => void;
  signal: AbortSignal;
  onProgress: (facts: number) => void;
}): Promise<void> {
  const { pool, known, order, upTo, differences, signal } = options;
  const lastOf = new Map<string | null, Last>();
  let position = 0;
  let recordedAt = -Infinity;
  const look = (fact: FactAsKept): void => {
    const { event, odd } = fact;
    const wrong = (what: string) =>
      differences.add({ where: 'store', order: fact.order, version: fact.version, position: fact.position, what });
    if (order === undefined && fact.position !== position + 1) {
      const twice = fact.position === position;
      wrong(
        twice
          ? 'another fact has the same position'
          : `position ${position + 1} is missing: a fact is not there any more`,
      );
    }
    position = fact.position ?? position;

    const last = lastOf.get(fact.order) ?? { version: 0, hash: noHash };
    if (fact.version !== null && fact.version !== last.version + 1) {
      wrong(
        fact.version === last.version
          ? 'the order has this version twice'
          : `version ${last.version + 1} is missing before it`,
      );
    } else if (event && !event.previousHash.equals(last.hash)) {
      wrong('it does not follow the fact before it: the chain is broken');
    }
    lastOf.set(fact.order, { version: fact.version ?? last.version + 1, hash: fact.hash });
    if (fact.position !== null) known.add(fact.position, fact.hash);
    if (odd !== undefined) {
      wrong(odd);
      options.onOddFact(fact);
      return;
    }
    if (event.recordedAt <= recordedAt) wrong('it was recorded no later than the fact before it');
    recordedAt = event.recordedAt;
    if (!isOfItsHash(event)) wrong('its hash is not that of what it says: it was changed');
    options.onFact(event);
  };
  for await (const facts of order === undefined ? factsUpTo(pool, upTo) : factsOfOrder(pool, order, upTo)) {
    signal.throwIfAborted();
    facts.forEach(look);
    options.onProgress(known.size);
  }
  if (order !== undefined) return;
  if (position !== upTo) {
    const what = `the last fact is at position ${position}, and ${upTo} was there a moment ago`;
    differences.add({ where: 'store', order: null, version: null, position, what });
  }
  for (const { odd, event: _event, hash: _hash, ...stray } of await strayFacts(pool)) {
    differences.add({ where: 'store', ...stray, what: odd ?? 'it stands where no fact can stand' });
  }
}

/** @returns false also where it cannot be computed, as of what is nested too deeply */
function isOfItsHash(event: StoredEvent): boolean {
  try {
    return hashOf(event).equals(event.hash);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}
