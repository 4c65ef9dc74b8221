import { canonicalJson, type Json } from '@orderlog/event-store';
import { fromStored, unreadable } from '@orderlog/order-contract';
import type pg from 'pg';
import { auditByOrder, type HeardOfOrder, type KeptFinding } from './audit-by-order.sql.js';
import type { Differences } from './known-facts.js';
import { type HeardFact, whatIsWrong, type Wrong } from './what-is-wrong.js';

/**
 * Finds again what is wrong with each order, in all that the audit has heard, and compares it with what the audit says it
 * has found: nothing was taken away, put in, changed, or marked as resolved that is still so.
 */
export async function verifyFindings(options: {
  pool: pg.Pool;
  order?: string;
  /** Orders of which the audit does not hold what was told: what it found in that is not looked at. */
  differing: ReadonlySet<string>;
  differences: Differences;
  signal: AbortSignal;
  onProgress: (orders: number) => void;
}): Promise<void> {
  let orders = 0;
  for await (const heard of auditByOrder(options.pool, options.order)) {
    const compared = options.differing.has(heard.order) ? [] : compareFindings(heard);
    for (const { version, what } of compared) {
      options.differences.add({ where: 'audit', order: heard.order, version, position: null, what });
    }
    if (++orders % 5_000 !== 0) continue;
    options.signal.throwIfAborted();
    options.onProgress(orders);
  }
  options.onProgress(orders);
}

/** What of an order's findings is not what it should be; pure. */
export function compareFindings(heard: HeardOfOrder): { version: number | null; what: string }[] {
  const facts = heard.facts.map(read);
  if (facts.includes(undefined)) return []; // it was changed, and that is said where facts are compared
  const found = new Map(
    whatIsWrong(facts as HeardFact[], heard.duplicates, heard.tombstones).map((wrong) => [named(wrong), wrong]),
  );
  const differing: { version: number | null; what: string }[] = [];
  const differs = ({ detail }: Wrong, what: string) => {
    const { version } = detail as { version?: unknown };
    differing.push({ version: typeof version === 'number' ? version : null, what });
  };
  for (const kept of heard.findings) {
    const name = named(kept);
    const wrong = found.get(name);
    found.delete(name);
    const what = wrongWith(kept, wrong);
    if (what !== undefined) differs(wrong ?? kept, what);
  }
  for (const [name, wrong] of found) differs(wrong, `the finding ${name} is missing among the audit’s`);
  return differing;
}

function wrongWith(kept: KeptFinding, wrong: Wrong | undefined): string | undefined {
  const name = named(kept);
  if (!wrong)
    return kept.open ? `the audit has the finding ${name}, which nothing that it has heard bears out` : undefined;
  if (!kept.open) return `the audit says that the finding ${name} is resolved, and it is still so`;
  const keys = [...new Set([...Object.keys(wrong.detail), ...Object.keys(kept.detail ?? {})])];
  const key = keys.find((one) => text(wrong.detail[one]) !== text(kept.detail?.[one]));
  if (key === undefined) return undefined;
  return `of the finding ${name} the audit says ${key} ${text(kept.detail?.[key])}, and what it has heard ${text(wrong.detail[key])}`;
}

const named = ({ kind, subject }: Wrong): string => `${kind} ${subject}`;

const text = (value: unknown): string =>
  value === null || value === undefined ? 'nothing' : canonicalJson(value as Json);

/** @returns undefined where what the audit has is no such fact */
function read(heard: HeardOfOrder['facts'][number]): HeardFact | undefined {
  const { type, schemaVersion, data } = heard;
  if (data === null || unreadable(type, schemaVersion)) return { ...heard, fact: null };
  try {
    const fact = fromStored({ type, schemaVersion, data });
    whatIsWrong([{ ...heard, fact }]); // that it can be told apart at all
    return { ...heard, fact };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
