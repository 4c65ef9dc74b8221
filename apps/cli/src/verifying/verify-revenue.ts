import type { StoredEvent } from '@orderlog/event-store';
import { fromStored, isOrderEventType, unreadable } from '@orderlog/order-contract';
import type pg from 'pg';
import { type Counted, positionOf, revenueFacts } from './compared.sql.js';
import { type Differences, hasPassed, type KnownFacts } from './known-facts.js';
import type { UnreadFacts } from './unread-facts.js';

/** What revenue has to have of the facts that say something of it, by order and version. */
export type ExpectedRevenue = Map<string, { position: number; lines: number } & Sums>;
interface Sums {
  captured: bigint;
  refunded: bigint;
  units: bigint;
}

const keyOf = (order: string, version: number): string => `${order}:${version}`;

/**
 * Notes what a fact means for revenue, read anew from what the store holds: by the rule of DESIGN.md, and not by the
 * projection's own code, whose mistakes it would share.
 */
export function expectRevenue(expected: ExpectedRevenue, event: StoredEvent): void {
  const lines = partsOf(event).filter(({ captured, refunded, units }) => captured || refunded || units);
  if (lines.length === 0) return;
  const sum = (of: (part: Part) => number) => lines.reduce((total, part) => total + BigInt(of(part)), 0n);
  expected.set(keyOf(event.stream, event.version), {
    ...{ position: event.position, lines: lines.length, captured: sum(({ captured }) => captured) },
    ...{ refunded: sum(({ refunded }) => refunded), units: sum(({ units }) => units) },
  });
}

interface Part {
  captured: number;
  refunded: number;
  units: number;
}

function partsOf({ type, schemaVersion, data }: StoredEvent): Part[] {
  if (!isOrderEventType(type) || unreadable(type, schemaVersion)) return [];
  const fact = fromStored({ type, schemaVersion, data: data });
  switch (fact.type) {
    case 'PaymentCaptured':
      return fact.allocation.map(({ amount, quantity }) => ({ captured: amount, refunded: 0, units: quantity }));
    case 'DiscountApplied':
      return (fact.completed ?? []).map(({ amount, quantity }) => ({ captured: amount, refunded: 0, units: quantity }));
    case 'RefundInitiated':
      return fact.allocation.map(({ amount, quantity }) => ({ captured: 0, refunded: amount, units: -quantity }));
    case 'ReturnRecorded':
      return fact.lines.map(({ amount, quantity }) => ({ captured: 0, refunded: amount, units: -quantity }));
    case 'AdjustmentRecorded':
      return fact.lines.map(({ amount, quantity }) => ({
        ...{ captured: Math.max(amount, 0), refunded: Math.max(-amount, 0), units: quantity },
      }));
    default:
      return [];
  }
}

/**
 * Compares revenue's entries with the store's facts: for each fact, the sums of what it brought and gave back. A fact that
 * revenue has not come to yet is no difference.
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
        const what = differs(counted, wanted);
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
  return ahead;
}

function differs(counted: Counted, wanted: Sums & { lines: number }): string | undefined {
  for (const name of ['captured', 'refunded', 'units'] as const) {
    if (counted[name] !== wanted[name]) {
      return `revenue has ${name} ${counted[name]} of it, and the fact says ${wanted[name]}`;
    }
  }
  if (counted.lines === wanted.lines) return undefined;
  return `revenue has ${counted.lines} lines of it, and the fact has ${wanted.lines}`;
}
