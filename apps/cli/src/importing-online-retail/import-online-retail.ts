import { basename } from 'node:path';
import pg from 'pg';
import type { Append, AppendResult, EventStore, Metadata } from '@orderlog/event-store';
import type { Instant } from '@orderlog/instant';
import { type MessageEncoder, messagesOf, toStored, type TopicNames } from '@orderlog/order-contract';
import { fold } from '@orderlog/order-domain';
import { fingerprintOf } from './fingerprint.js';
import { eachBatch } from '../importing/each-batch.js';
import { lineRanges } from '../importing/line-ranges.js';
import { comesToTooMuch, factsOf, type ImportedFact, kindOf } from './invoice-to-facts.js';
import { keptInvoices } from './imported-invoices.sql.js';
import type { LineRefusal, RefusedLine } from './line-refusals.js';
import { type ReadFile, readOnlineRetail } from './read-file.js';
import type { ReadLine } from './read-line.js';

/** What an import came to. `kept.now + kept.before + refused = lines`. */
export interface Imported {
  file: string;
  lines: number;
  invoices: number;
  unknownColumns: string[];
  /** Put into the store by this run. */
  keptNow: Kept;
  /** In the store already, just as the file has it. */
  keptBefore: Kept;
  /** That this run put into the store. */
  facts: number;
  refused: RefusedLine[];
  /** Invoices whose content in the store is another one. */
  differing: string[];
  /** In pennies, over all lines that are in the store. */
  money: { sales: bigint; returns: bigint; adjustments: bigint };
  /** Lines whose time the clock in London showed never, or twice. */
  notedTimes: { doesNotExist: number; existsTwice: number };
  severalCustomers: number;
  readMs: number;
  storeMs: number;
}

export interface Kept {
  lines: number;
  invoices: number;
}

export interface ImportOptions {
  path: string;
  store: EventStore;
  /** Of role orders; to see which invoices are in the store. */
  pool: pg.Pool;
  encoder: MessageEncoder;
  topics: TopicNames;
  encoding: string;
  mostLines: number;
  now: Instant;
  signal: AbortSignal;
  onReading?: (read: { bytes: number; ofBytes: number; lines: number }) => void;
  onStoring?: (stored: { invoices: number; ofInvoices: number; facts: number }) => void;
}

/** One transaction holds at most so many invoices and so many lines. */
const batchInvoices = 256;
const batchLines = 6_000;

/**
 * Brings an online-retail file into the store: each invoice becomes an order's facts, put there by one append that either
 * stands or does not, and only where there is no order of that number. So it can be stopped and run again at any time, and
 * two at once do no harm. Nothing that is in the store is changed: an invoice that is there with another content is refused.
 */
export async function importOnlineRetail(options: ImportOptions): Promise<Imported> {
  const started = performance.now();
  const file = await readOnlineRetail(options.path, {
    now: options.now,
    encoding: options.encoding,
    mostLines: options.mostLines,
    signal: options.signal,
    ...(options.onReading && { onProgress: options.onReading }),
  });
  const read = performance.now();
  const imported: Imported = {
    file: basename(options.path),
    lines: file.lines,
    invoices: file.invoices.size,
    unknownColumns: file.columns.unknown,
    keptNow: { lines: 0, invoices: 0 },
    keptBefore: { lines: 0, invoices: 0 },
    facts: 0,
    refused: file.refused,
    differing: [],
    money: { sales: 0n, returns: 0n, adjustments: 0n },
    notedTimes: { doesNotExist: 0, existsTwice: 0 },
    severalCustomers: 0,
    readMs: read - started,
    storeMs: 0,
  };
  await store(file, options, imported);
  imported.storeMs = performance.now() - read;
  return imported;
}

async function store(file: ReadFile, options: ImportOptions, imported: Imported): Promise<void> {
  let done = 0;
  await eachBatch(batchesOf(file.invoices), options.signal, async (batch) => {
    await storeBatch(batch, options, imported);
    done += batch.length;
    options.onStoring?.({ invoices: done, ofInvoices: file.invoices.size, facts: imported.facts });
  });
  const accounted = imported.keptNow.lines + imported.keptBefore.lines + imported.refused.length;
  if (accounted !== imported.lines) {
    throw new Error(`${imported.lines} lines were read and ${accounted} accounted for: this is an error of the import`);
  }
}

function* batchesOf(invoices: Map<string, ReadLine[]>): Generator<ReadLine[][]> {
  let batch: ReadLine[][] = [];
  let lines = 0;
  for (const invoice of invoices.values()) {
    if (batch.length > 0 && (batch.length === batchInvoices || lines + invoice.length > batchLines)) {
      yield batch;
      batch = [];
      lines = 0;
    }
    batch.push(invoice);
    lines += invoice.length;
  }
  if (batch.length > 0) yield batch;
}

interface Invoice {
  id: string;
  lines: ReadLine[];
  fingerprint: string;
}

async function storeBatch(batch: ReadLine[][], options: ImportOptions, imported: Imported): Promise<void> {
  const invoices = batch.map((lines): Invoice => ({ id: lines[0]!.invoice, lines, fingerprint: fingerprintOf(lines) }));
  const kept = await keptInvoices(
    options.pool,
    invoices.map((invoice) => invoice.id),
  );
  const appends: { invoice: Invoice; append: Append }[] = [];
  for (const invoice of invoices) {
    const before = kept.get(invoice.id);
    if (before) takeKept(invoice, before, imported);
    else if (comesToTooMuch(invoice.lines)) refuse(invoice, 'invoice-total-too-large', '', imported);
    else appends.push({ invoice, append: appendOf(invoice, options) });
  }
  if (appends.length === 0) return;
  const results = await options.store.appendMany(appends.map(({ append }) => append));
  const raced: Invoice[] = [];
  results.forEach((result, index) => {
    const { invoice } = appends[index]!;
    if (result.outcome === 'conflict') raced.push(invoice);
    else takeResult(invoice, result, imported);
  });
  if (raced.length === 0) return;
  // Somebody was faster: another import of the same file, or an order that was placed in this moment.
  const now = await keptInvoices(
    options.pool,
    raced.map((invoice) => invoice.id),
  );
  for (const invoice of raced) takeKept(invoice, now.get(invoice.id)!, imported);
}

function appendOf({ id, lines, fingerprint }: Invoice, options: ImportOptions): Append {
  const facts = factsOf(lines);
  const source = basename(options.path);
  const after = fold(facts.map(({ fact }) => fact));
  return {
    stream: id,
    expectedVersion: 'none',
    events: facts.map((imported) => ({
      ...toStored(imported.fact),
      occurredAt: imported.occurredAt,
      metadata: metadataOf(imported, source, fingerprint),
    })),
    messages: (recorded) => messagesOf(recorded, after, options.encoder, options.topics),
  };
}

const metadataOf = ({ from, notes }: ImportedFact, source: string, fingerprint: string): Metadata => ({
  actor: 'import',
  ...(notes.length > 0 && { reason: notes.join('; ') }),
  commandId: fingerprint,
  origin: { source, lines: lineRanges(from) },
});

function takeResult(
  invoice: Invoice,
  result: Exclude<AppendResult, { outcome: 'conflict' }>,
  imported: Imported,
): void {
  if (result.outcome === 'appended') {
    imported.facts += result.events.length;
    count(invoice, imported.keptNow, imported);
    return;
  }
  if (result.outcome === 'known-command')
    throw new Error(`${invoice.id} was appended without a command, and one is known`);
  const { code } = result.error as { code?: string };
  const reason = code === 'message-too-large' ? 'invoice-too-large' : 'refused-by-store';
  refuse(invoice, reason, result.error.message, imported);
}

function takeKept(invoice: Invoice, kept: { commandId: string | null } & Origin, imported: Imported): void {
  if (kept.commandId === invoice.fingerprint) {
    count(invoice, imported.keptBefore, imported);
    return;
  }
  imported.differing.push(invoice.id);
  if (kept.commandId?.startsWith('import-online-retail:')) {
    refuse(invoice, 'differs-from-imported', `in the store from ${kept.source} lines ${kept.lines}`, imported);
  } else refuse(invoice, 'order-exists', kept.actor ? `placed by ${kept.actor}` : '', imported);
}

interface Origin {
  actor: string | null;
  source: string | null;
  lines: string | null;
}

function count({ lines }: Invoice, kept: Kept, imported: Imported): void {
  kept.invoices++;
  kept.lines += lines.length;
  const { money, notedTimes } = imported;
  const customers = new Set<string>();
  for (const line of lines) {
    const kind = kindOf(line);
    money[kind === 'sale' ? 'sales' : kind === 'return' ? 'returns' : 'adjustments'] += BigInt(line.amount);
    if (line.time.note === 'does-not-exist') notedTimes.doesNotExist++;
    if (line.time.note === 'exists-twice') notedTimes.existsTwice++;
    if (line.customerId !== '') customers.add(line.customerId);
  }
  if (customers.size > 1) imported.severalCustomers++;
}

function refuse({ id, lines }: Invoice, reason: LineRefusal, detail: string, imported: Imported): void {
  for (const { line, sku } of lines) imported.refused.push({ line, invoice: id, sku, reason, detail });
}
