import type { StoredEvent } from '@orderlog/event-store';
import { dayOf, formatInstant } from '@orderlog/instant';
import { fromStored, isOrderEventType, unreadable } from '@orderlog/order-contract';
import type pg from 'pg';
import { type Counted, type Entry, positionOf, revenueFacts, wrongTotals } from './compared.sql.js';
import { type Differences, hasPassed, type KnownFacts } from './known-facts.js';
import type { UnreadFacts } from './unread-facts.js';

/** What revenue has to have of the facts that say something of it, by order and version. */
export type ExpectedRevenue = Map<string, { position: number; entries: string }>;

const columns = ['line', 'captured', 'refunded', 'units', 'sku', 'day', 'currency', 'type', 'occurred'] as const;

/** Entries as one text: there may be millions of them in memory. */
const packed = (entries: readonly Entry[]): string =>
  JSON.stringify(entries.map((entry) => columns.map((name) => entry[name])));
const unpacked = (entries: string): Entry[] =>
  (JSON.parse(entries) as string[][]).map(
    (values) => Object.fromEntries(columns.map((name, at) => [name, values[at]!])) as unknown as Entry,
  );

const keyOf = (order: string, version: number): string => `${order}:${version}`;

/**
 * Notes what a fact means for revenue, read anew from what the store holds: by the rule of DESIGN.md, and not by the
 * projection's own code, whose mistakes it would share.
 * @throws TypeError or RangeError where the fact does not say what its type has to
 */
export function expectRevenue(expected: ExpectedRevenue, event: StoredEvent): void {
  const entries = partsOf(event)
    .filter(({ captured, refunded, units }) => captured || refunded || units)
    .toSorted((one, other) => one.line - other.line)
    .map(({ line, sku, currency, captured, refunded, units }) => ({
      ...{ line: String(line), sku, day: dayOf(event.occurredAt), currency, type: event.type },
      ...{ captured: String(captured), refunded: String(refunded), units: String(units) },
      occurred: String(event.occurredAt),
    }));
  if (entries.length === 0) return;
  expected.set(keyOf(event.stream, event.version), { position: event.position, entries: packed(entries) });
}

interface Part {
  line: number;
  sku: string;
  currency: string;
  captured: number;
  refunded: number;
  units: number;
}

function partsOf({ type, schemaVersion, data }: StoredEvent): Part[] {
  if (!isOrderEventType(type) || unreadable(type, schemaVersion)) return [];
  const fact = fromStored({ type, schemaVersion, data: data });
  const part =
    (currency: string, sums: (amount: number, quantity: number) => Pick<Part, 'captured' | 'refunded' | 'units'>) =>
    ({ line, sku, amount, quantity }: { line: number; sku: string; amount: number; quantity: number }): Part => ({
      ...{ line, sku, currency },
      ...sums(amount, quantity),
    });
  const earned = (amount: number, quantity: number) => ({ captured: amount, refunded: 0, units: quantity });
  const givenBack = (amount: number, quantity: number) => ({ captured: 0, refunded: amount, units: 0 - quantity });
  switch (fact.type) {
    case 'PaymentCaptured':
      return fact.allocation.map(part(fact.currency, earned));
    case 'DiscountApplied':
      return (fact.completed ?? []).map(part(fact.currency, earned));
    case 'RefundInitiated':
      return fact.allocation.map(part(fact.currency, givenBack));
    case 'ReturnRecorded':
      return fact.lines.map(part(fact.currency, givenBack));
    case 'AdjustmentRecorded':
      return fact.lines.map(
        part(fact.currency, (amount, quantity) => ({
          ...{ captured: Math.max(amount, 0), refunded: Math.max(-amount, 0), units: quantity },
        })),
      );
    default:
      return [];
  }
}

/**
 * Compares revenue's entries with the store's facts: for each fact and line, what it brought and gave back, of which SKU, on
 * which day; and, where all orders are looked at, the totals with the entries. A fact that revenue has not come to yet is no
 * difference.
 * @returns how many facts revenue has yet to read
 */
export async function verifyRevenue(options: {
  pool: pg.Pool;
  upTo: number;
  order?: string;
  known: KnownFacts;
  expected: ExpectedRevenue;
  unread: UnreadFacts;
  reached: Map<number, number>;
  differences: Differences;
  signal: AbortSignal;
  onProgress: (facts: number) => void;
}): Promise<number> {
  const { pool, upTo, expected, unread, known, reached, differences, signal } = options;
  const held = new Set<string>();
  for await (const facts of revenueFacts(pool, options.order)) {
    signal.throwIfAborted();
    for (const counted of facts) {
      const { order, version } = counted;
      const wanted = expected.get(keyOf(order, version));
      if (wanted) {
        held.add(keyOf(order, version));
        const what = differs(counted, wanted.entries);
        if (what) differences.add({ where: 'revenue', order, version, position: wanted.position, what });
        continue;
      }
      if (unread.has(counted)) continue;
      const position = await positionOf(pool, counted);
      if (position !== undefined && position > upTo) continue; // it came while we were at work
      const what =
        position === undefined
          ? 'revenue counts a fact that the store does not have'
          : 'revenue counts a fact that says nothing of revenue';
      differences.add({ where: 'revenue', order, version, position: position ?? null, what });
    }
    options.onProgress(held.size);
  }
  let ahead = 0;
  for (const [key, { position }] of expected) {
    if (held.has(key)) continue;
    if (!hasPassed(reached, known, position)) {
      ahead++;
      continue;
    }
    const colon = key.lastIndexOf(':');
    const [order, version] = [key.slice(0, colon), Number(key.slice(colon + 1))];
    const what = 'revenue has read past it and does not count it';
    differences.add({ where: 'revenue', order, version, position, what });
  }
  if (options.order === undefined) await compareTotals(pool, differences);
  return ahead;
}

function differs({ entries }: Counted, expected: string): string | undefined {
  if (packed(entries) === expected) return undefined;
  const wanted = unpacked(expected);
  for (const [at, entry] of wanted.entries()) {
    const counted = entries[at];
    if (counted?.line !== entry.line) break;
    const name = columns.find((column) => counted[column] !== entry[column]);
    if (name) {
      const [has, says] = [inWords(name, counted[name]), inWords(name, entry[name])];
      return `revenue has ${name} ${has} of its line ${entry.line}, and the fact says ${says}`;
    }
  }
  const lines = (of: Entry[]) => of.map(({ line }) => line).join(', ');
  return `revenue has line ${lines(entries)} of it, and the fact has line ${lines(wanted)}`;
}

const inWords = (column: (typeof columns)[number], value: string): string =>
  column === 'occurred' && Number.isSafeInteger(Number(value)) ? formatInstant(Number(value)) : value;

/** After so many the first is what matters. */
const mostTotals = 1_000;

async function compareTotals(pool: pg.Pool, differences: Differences): Promise<void> {
  for (const { sku, day, currency, ...sums } of await wrongTotals(pool, mostTotals)) {
    const [name, [said, made]] = Object.entries(sums).find(([, [one, other]]) => one !== other)!;
    const what = `the total of ${sku} on ${day} in ${currency} has ${name} ${said}, and its entries come to ${made}`;
    differences.add({ where: 'revenue', order: null, version: null, position: null, what });
  }
}
