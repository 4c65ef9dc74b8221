import { createHash } from 'node:crypto';
import type pg from 'pg';
import {
  type Append,
  canonicalJson,
  type EventStore,
  type Metadata,
  newId,
  type StoredEvent,
} from '@orderlog/event-store';
import { type Instant, now } from '@orderlog/instant';
import {
  type Attempt,
  attemptMessage,
  fromStored,
  type MessageEncoder,
  messagesOf,
  recordAttemptsQuery,
  recordedAttemptsQuery,
  toStored,
  type TopicNames,
} from '@orderlog/order-contract';
import { contradict, fold, type LoggedPast, nothingLogged, type OrderEvent } from '@orderlog/order-domain';
import { eachBatch } from '../importing/each-batch.js';
import { lineRanges } from '../importing/line-ranges.js';
import { firstFacts } from './first-facts.sql.js';
import { fingerprintOf, importedFrom, importedFromLog, newInIt, type OrderToImport } from './order-to-import.js';
import type { ReadSource } from './read-source.js';
import type { RefusedRow, RowRefusal } from './row-refusals.js';
import { evidenceOf } from './evidence-of.js';

/** What an import came to. Each row is in `keptNow`, `keptBefore` or `refused`, and so is each entry of the log. */
export interface Imported {
  /** Put into the store by this run. */
  keptNow: Kept;
  /** In the store already, just as the source has it. */
  keptBefore: Kept;
  refused: RefusedRow[];
  /** Of this run: orders whose rows contradict each other. */
  contradicting: string[];
  /** Of this run: orders that were imported before, and now say something else. */
  saidMore: string[];
  /** Orders that were not imported from a table, and have the ID of a row. */
  duplicates: string[];
  /** Of this run: orders that only the log knows. */
  gone: string[];
  /** Of this run: orders with a gap in their evidence. */
  withGaps: string[];
  /** Orders of an earlier import that are on hold still, or again: an import that goes on names what it left behind. */
  waiting: string[];
}

export interface Kept {
  rows: number;
  entries: number;
  orders: number;
}

export interface StoreOptions {
  store: EventStore;
  /** Of role orders; to see which orders are in the store. */
  pool: pg.Pool;
  encoder: MessageEncoder;
  topics: TopicNames;
  /** When the table stood so. */
  stoodAt: Instant;
  signal: AbortSignal;
  onStoring?: (stored: { orders: number; ofOrders: number }) => void;
}

/** One transaction holds at most so many orders. */
const batchOrders = 256;
/** A race for an order is lost to order-service, which is quick; so often in a row something else is wrong. */
const tries = 20;

/**
 * Brings what was read into the store: each order by one append that stands or does not. An order that is there is never
 * changed behind its back: what was imported before gets what is new as a fact of its own, and an order that came in
 * another way stays as it is, with the attempt on record. So it can be stopped and run again at any time.
 */
export async function importCurrentState(source: ReadSource, options: StoreOptions): Promise<Imported> {
  const imported: Imported = {
    keptNow: { rows: 0, entries: 0, orders: 0 },
    keptBefore: { rows: 0, entries: 0, orders: 0 },
    refused: [...source.refused],
    ...{ contradicting: [], saidMore: [], duplicates: [], gone: [], withGaps: [], waiting: [] },
  };
  const importing = new Importing(source, options, imported);
  let done = 0;
  await eachBatch(batchesOf(ordersOf(source, imported)), options.signal, async (batch) => {
    await importing.keep(batch);
    done += batch.length;
    options.onStoring?.({ orders: done, ofOrders: source.orders.size });
  });
  const { keptNow, keptBefore, refused } = imported;
  const accounted = keptNow.rows + keptBefore.rows + keptNow.entries + keptBefore.entries + refused.length;
  const read = source.rows + source.log.entries;
  if (accounted !== read) {
    throw new Error(`${read} rows were read and ${accounted} accounted for: this is an error of the import`);
  }
  return imported;
}

/** The orders of the source, each with the fact that it comes to; of the others every row and entry is refused. */
export function* ordersOf(
  source: ReadSource,
  refused: Pick<Imported, 'refused'>,
): Generator<OrderToImport & { entries: string[] }> {
  for (const [orderId, { rows, entries }] of source.orders) {
    const origins = entries.map(({ origin }) => origin);
    if (source.ofRefused.has(orderId)) {
      // What is left of it would say less than the table does: that there is no contradiction, or no row.
      for (const origin of [...rows.map(({ claim }) => claim.origin), ...origins]) {
        refused.refused.push({ origin, orderId, reason: 'order-has-refused-row', detail: '' });
      }
      continue;
    }
    const logged = source.log.about && evidenceOf(entries, rows, source.log.about);
    const past: LoggedPast = logged?.past ?? nothingLogged;
    const fact = rows.length > 0 ? importedFrom(rows, past) : importedFromLog(logged!, source.name, source.log.about!);
    if (fact) yield { orderId, rows, fact, fingerprint: fingerprintOf(fact), entries: origins };
    else for (const origin of origins) refused.refused.push({ origin, orderId, reason: 'log-of-no-order', detail: '' });
  }
}

function* batchesOf<T>(orders: Iterable<T>): Generator<T[]> {
  let batch: T[] = [];
  for (const order of orders) {
    batch.push(order);
    if (batch.length < batchOrders) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

type Order = OrderToImport & { entries: string[] };

class Importing {
  constructor(
    private readonly source: ReadSource,
    private readonly options: StoreOptions,
    private readonly imported: Imported,
  ) {}

  async keep(batch: Order[]): Promise<void> {
    const there = await firstFacts(
      this.options.pool,
      batch.map(({ orderId }) => orderId),
    );
    const fresh = batch.filter(({ orderId }) => !there.has(orderId));
    const known = batch.filter(({ orderId }) => there.has(orderId));
    const results = await this.options.store.appendMany(fresh.map((order) => this.appendOf(order, [order.fact], [])));
    for (const [index, result] of results.entries()) {
      const order = fresh[index]!;
      if (result.outcome === 'appended') this.took(order);
      else if (result.outcome === 'refused') this.refuse(order, reasonOf(result.error), result.error.message);
      else known.push(order); // somebody was faster: another import, or an order that was placed in this moment
    }
    for (const order of known) {
      const same = there.get(order.orderId) === order.fingerprint;
      if (same && !needsDecision(order)) this.count(order, this.imported.keptBefore);
      else await this.meet(order);
    }
  }

  /** An order that is in the store. */
  private async meet(order: Order): Promise<void> {
    for (let trial = 1; trial <= tries; trial++) {
      const events = await this.options.store.read(order.orderId);
      const facts = events.map(fromStored);
      if (events.some(({ metadata }) => metadata.commandId === order.fingerprint)) {
        return this.keptAlready(order, facts);
      }
      if (facts[0]?.type !== 'OrderImported') return this.refuseDuplicate(order, events, facts);
      const more = newInIt(order.fact, saidBefore(facts[0], facts));
      if (!more) return this.keptAlready(order, facts);
      const [result] = await this.options.store.appendMany([this.appendOf(order, [more], events)]);
      if (result!.outcome === 'conflict') continue;
      if (result!.outcome === 'refused') return this.refuse(order, reasonOf(result!.error), result!.error.message);
      this.count(order, this.imported.keptNow);
      this.imported.saidMore.push(order.orderId);
      this.noteHold(order, [...facts, more]);
      if (more.gaps.length > 0) this.imported.withGaps.push(order.orderId);
      return;
    }
    throw new Error(`order ${order.orderId} was changed by others ${tries} times in a row`);
  }

  private appendOf(order: Order, facts: OrderEvent[], before: StoredEvent[]): Append {
    const { encoder, topics, stoodAt } = this.options;
    const after = fold([...before.map(fromStored), ...facts]);
    const first = before[0];
    return {
      stream: order.orderId,
      expectedVersion: before.length === 0 ? 'none' : before.length,
      events: facts.map((fact) => ({
        ...(toStored(fact) as Pick<StoredEvent, 'type' | 'schemaVersion' | 'data'>),
        occurredAt: Math.max(stoodAt, first?.occurredAt ?? stoodAt),
        metadata: this.metadataOf(order),
      })),
      messages: (recorded) => messagesOf(recorded, after, encoder, topics, first ? { placedAt: first.occurredAt } : {}),
    };
  }

  private metadataOf({ rows, entries, fingerprint }: Order): Metadata {
    const lines = rows.length > 0 ? lineRanges(rows.map(({ number }) => number)) : `none (${entries.at(-1)})`;
    return { actor: 'import', commandId: fingerprint, origin: { source: this.source.name, lines } };
  }

  /**
   * The ID belongs to an order that was placed here, or came from elsewhere: it stays as it is, and the audit hears of
   * the row, with both totals, as of any second order with one ID.
   */
  private async refuseDuplicate(order: Order, events: StoredEvent[], facts: OrderEvent[]): Promise<void> {
    const { orderId, fact, fingerprint } = order;
    const { store, pool, encoder, topics } = this.options;
    const existing = fold(facts);
    const { placedTotal, currency, customerId } = existing;
    const attempt: Attempt = {
      attemptId: newId(),
      orderId,
      commandId: uuidOf(`${orderId}/${fingerprint}`),
      command: 'ImportOrder',
      refusal: 'order-exists',
      attemptedAt: now(),
      orderVersion: events.length,
      actor: 'import',
      reason: fact.claims
        .map(({ origin }) => origin)
        .slice(0, 10)
        .join(', '),
      currency: fact.currency,
      amount: fact.total,
      existingTotal: placedTotal,
      sameContent:
        fact.total === placedTotal &&
        fact.currency === currency &&
        fact.customerId === customerId &&
        !contradict(fact.claims),
      details: canonicalJson({
        existing: { currency, placedTotal, total: existing.total },
        requested: { currency: fact.currency, total: fact.total },
      }),
    };
    if ((await pool.query(recordedAttemptsQuery([attempt]))).rows.length === 0) {
      await store.enqueue([attemptMessage(attempt, encoder, topics)], async (tx) => {
        await tx.query(recordAttemptsQuery([attempt]));
      });
    }
    this.imported.duplicates.push(orderId);
    this.refuse(order, 'order-exists', events[0]!.metadata.actor ? `it came from ${events[0]!.metadata.actor}` : '');
  }

  private took(order: Order): void {
    const { imported } = this;
    const { orderId, fact, rows } = order;
    this.count(order, imported.keptNow);
    if (rows.length === 0) imported.gone.push(orderId);
    else if (contradict(fact.claims)) imported.contradicting.push(orderId);
    if (fact.gaps.length > 0) imported.withGaps.push(orderId);
  }

  private keptAlready(order: Order, facts: OrderEvent[]): void {
    this.count(order, this.imported.keptBefore);
    this.noteHold(order, facts);
  }

  private noteHold({ orderId }: Order, facts: OrderEvent[]): void {
    if (fold(facts).status === 'on-hold') this.imported.waiting.push(orderId);
  }

  private count({ rows, entries }: Order, kept: Kept): void {
    kept.orders++;
    kept.rows += rows.length;
    kept.entries += entries.length;
  }

  private refuse({ orderId, rows, entries }: Order, reason: RowRefusal, detail: string): void {
    for (const origin of [...rows.map(({ claim }) => claim.origin), ...entries]) {
      this.imported.refused.push({ origin, orderId, reason, detail });
    }
  }
}

/** Whether the order is on hold from its import on: whether somebody has decided, only its facts can say. */
const needsDecision = ({ rows, fact }: Order): boolean => rows.length === 0 || contradict(fact.claims);

/** What earlier imports said, from the order's facts. */
function saidBefore({ currency }: OrderEvent & { type: 'OrderImported' }, facts: readonly OrderEvent[]) {
  const imports = facts.filter((fact) => fact.type === 'OrderImported' || fact.type === 'OrderImportedAgain');
  return {
    currency,
    claims: imports.flatMap(({ claims }) => claims),
    evidence: imports.flatMap(({ evidence }) => evidence),
    evidenceLeftOut: imports.reduce((sum, { evidenceLeftOut }) => sum + evidenceLeftOut, 0),
    gaps: imports.flatMap(({ gaps }) => gaps),
    gapsLeftOut: imports.reduce((sum, { gapsLeftOut }) => sum + gapsLeftOut, 0),
  };
}

const reasonOf = (error: Error): RowRefusal =>
  (error as { code?: string }).code === 'message-too-large' ? 'order-too-large' : 'refused-by-store';

/** The same text, the same UUID (version 8, RFC 9562). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
