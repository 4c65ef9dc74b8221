import type { JsonObject } from '@orderlog/event-store';
import {
  canonicalBytes,
  canonicalDocument,
  fromStored,
  hashOf,
  unknownNameOf,
  unreadable,
} from '@orderlog/order-contract';
import type pg from 'pg';
import { type AuditFact, auditFacts, factAt, heardBeyond, unknownToAudit, wrongCounts } from './compared.sql.js';
import { type Differences, hasPassed, type KnownFacts } from './known-facts.js';
import { otherForm } from './other-form.js';
import { saysOfMoney } from './what-is-wrong.js';

/**
 * Compares what the audit has heard with the store: the same fact at each position, once, word for word, and what the audit
 * has noted beside it. A fact that it has not come to yet is no difference, unless it has signed for it.
 * @param reached how far the audit had read each partition before the topic was looked at
 * @param signedUpTo the audit has signed for all positions up to here
 * @returns how many facts the audit has yet to read, and the orders of which it does not hold what was told
 */
export async function verifyAudit(options: {
  pool: pg.Pool;
  upTo: number;
  order?: string;
  known: KnownFacts;
  reached: Map<number, number>;
  signedUpTo: number;
  differences: Differences;
  signal: AbortSignal;
  onProgress: (facts: number) => void;
}): Promise<{ ahead: number; differing: Set<string> }> {
  const { pool, known, reached, signedUpTo, upTo, differences, signal } = options;
  const unknown = await unknownToAudit(pool);
  const held = new Set<number>();
  const differing = new Set<string>();
  for await (const facts of auditFacts(pool, upTo, options.order)) {
    signal.throwIfAborted();
    for (const fact of facts) {
      const { position, order, version, hash } = fact;
      const wrong = (what: string) => {
        differing.add(order);
        differences.add({ where: 'audit', order, version, position, what });
      };
      if (position === null) {
        wrong('the audit holds a fact without a position');
        continue;
      }
      if (!known.has(position)) wrong('the audit holds a fact that the store does not have');
      else if (!known.is(position, hash)) wrong('the audit holds another fact than the store');
      else if (held.has(position)) wrong('the audit holds it twice');
      else {
        const what = wrongWith(fact, unknown);
        if (what !== undefined) wrong(what);
      }
      held.add(position);
    }
    options.onProgress(held.size);
  }
  for (const beyond of await heardBeyond(pool, options.order)) {
    const what = 'the audit holds it, and the store ends before: its end was cut off, or nobody ever told it';
    differences.add({ where: 'audit', ...beyond, what });
  }
  let ahead = 0;
  for (const position of known.positions()) {
    if (held.has(position)) continue;
    const passed = hasPassed(reached, known, position);
    if (!passed && position > signedUpTo) {
      ahead++;
      continue;
    }
    const fact = await factAt(pool, position);
    const what = `the audit has ${passed ? 'read past it' : 'signed for it'} and does not hold it`;
    differences.add({ where: 'audit', order: fact?.order ?? null, version: fact?.version ?? null, position, what });
    if (fact) differing.add(fact.order);
  }
  // What was counted, was counted of what it held.
  const counts = options.order === undefined && differing.size === 0 ? await wrongCounts(pool) : [];
  for (const { order, what } of counts) {
    differences.add({ where: 'audit', order, version: null, position: null, what });
  }
  return { ahead, differing };
}

const changed = 'what the audit holds is not what its hash is of: its own copy was changed';

/** What is wrong with the audit's copy of a fact, of which the hash is the store's. */
function wrongWith(fact: AuditFact, unknown: ReadonlySet<string>): string | undefined {
  const { data: text, type, schemaVersion, hash, hashHolds, position, block } = fact;
  if (!isPlaceOf(block, position!)) return 'the audit counts it at another position: its own copy was changed';
  if (text === null) {
    const heardSo = unreadable(type, schemaVersion) !== undefined || unknown.has(unknownNameOf(fact));
    return heardSo ? undefined : 'the audit holds it without what it says: its own copy was changed';
  }
  if (hashHolds === false) return 'what the audit heard is not what its hash is of';
  try {
    if (otherForm(text) !== undefined) return changed;
    const data = JSON.parse(text) as JsonObject;
    const document = canonicalDocument({ ...fact, orderId: fact.order, data });
    const digest = hashOf(fact.previousHash, canonicalBytes(document));
    if (!digest.equals(hash)) return changed;
    if (hashHolds === null || fact.digest !== digest.toString('hex')) {
      return 'the audit notes another hash of it: its own copy was changed';
    }
    const money = saysOfMoney(fromStored({ type, schemaVersion, data }));
    const name = (Object.keys(money) as (keyof typeof money)[]).find((key) => money[key] !== fact.money[key]);
    if (name === undefined) return undefined;
    return `the audit notes ${name} ${fact.money[name] ?? 'nothing'} of it, and the fact says ${money[name] ?? 'nothing'}`;
  } catch {
    return changed; // of what cannot even be read or hashed
  }
}

/** How many positions the audit counts together. */
const blockSize = 1_000;

function isPlaceOf([block, place, squared]: AuditFact['block'], position: number): boolean {
  const right = ((position - 1) % blockSize) + 1;
  return block === Math.floor((position - 1) / blockSize) && place === right && squared === right * right;
}
