import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type pg from 'pg';
import { EventStore } from '@orderlog/event-store';
import { topicNames } from '@orderlog/order-contract';
import type { Config } from '../config.js';
import { reportPath, writeReport } from '../importing/refused-report.js';
import { registeredEncoder } from '../importing/registered-encoder.js';
import { mustNotBeBehind } from '../must-not-be-behind.js';
import { openPool } from '../open-pool.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.js';
import { count, counted } from '../terminal/numbers.js';
import { Progress } from '../terminal/progress.js';
import { importOnlineRetail } from './import-online-retail.js';
import { summaryOf, textOf } from './import-summary.js';
import { reportHeader, reportRows } from './line-refusals.js';
import { waitForRevenue } from './wait-for-revenue.js';

export interface ImportCommandOptions {
  wait: boolean;
  report?: string;
  encoding: string;
  mostLines: number;
  json: boolean;
}

/** Reads, stores, waits, and says what came of it. */
export async function runImport(
  path: string,
  options: ImportCommandOptions,
  config: Config,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new CommandFailed(`there is no file ${path}`, 'Give the path of a .csv or .csv.gz file.');
  const encoder = await registeredEncoder(config);
  const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL, appendTimeoutMs: 60_000 });
  const pool = openPool(config.ORDERS_DATABASE_URL, { name: 'orderlog import', max: 3 });
  try {
    await mustNotBeBehind(store, config);
    const reading = new Progress({ what: 'reading', unit: 'kB' });
    let storing: Progress | undefined;
    let stored: { invoices: number; ofInvoices: number } | undefined;
    const imported = await importOnlineRetail({
      path,
      store,
      pool,
      encoder,
      topics: topicNames(config.TOPIC_PREFIX),
      encoding: options.encoding,
      mostLines: options.mostLines,
      now: Date.now() * 1000,
      signal,
      onReading: ({ bytes, ofBytes, lines }) => reading.at(bytes / 1000, ofBytes / 1000, `${count(lines)} lines`),
      onStoring: ({ invoices, ofInvoices, facts }) => {
        stored = { invoices, ofInvoices };
        if (!storing) reading.clear();
        storing ??= new Progress({ what: 'storing', unit: 'invoices' });
        storing.at(invoices, ofInvoices, counted(facts, 'new fact'));
      },
    }).finally(() => {
      reading.clear();
      storing?.clear();
      if (!signal.aborted) return;
      const so = stored
        ? `${count(stored.invoices)} of ${count(stored.ofInvoices)} invoices are dealt with`
        : 'nothing was stored';
      process.stderr.write(`${so}; the same command goes on from here.\n`);
    });
    const report = resolve(options.report ?? reportPath(path));
    await writeReport(report, reportHeader, reportRows(imported.refused));
    const waited = options.wait ? await wait(pool, config, signal).catch(unlessStopped(signal)) : undefined;
    const summary = summaryOf(imported, report, waited?.ms);
    process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : textOf(imported, report, waited?.ms));
    if (waited && waited.outcome === 'stalled') {
      throw new CommandFailed(
        `everything is stored, but revenue has not caught up: ${waited.where}`,
        'See that the relay and revenue-projection run; nothing has to be imported again.',
      );
    }
    signal.throwIfAborted();
    return imported.differing.length > 0 ? exitCodes.findings : exitCodes.done;
  } finally {
    await Promise.all([store.close(), pool.end()]);
  }
}

/** Who stops the waiting has everything stored, and is told so; any other error goes on. */
const unlessStopped =
  (signal: AbortSignal) =>
  (error: unknown): undefined => {
    if (!signal.aborted) throw error;
  };

type WaitedFor = Awaited<ReturnType<typeof waitForRevenue>> & { ms: number };

async function wait(pool: pg.Pool, config: Config, signal: AbortSignal): Promise<WaitedFor> {
  const waiting = new Progress({ what: 'revenue catches up', unit: 'messages' });
  let most = 0;
  const waited = await waitForRevenue({
    pool,
    revenueUrl: config.REVENUE_URL,
    signal,
    onWaiting: ({ toSend, toCount }) => {
      most = Math.max(most, toSend + toCount);
      waiting.at(most - toSend - toCount, most, `${count(toSend)} to send, ${count(toCount)} to count`);
    },
  });
  waiting.clear();
  if (waited.outcome === 'not-running') {
    process.stderr.write(
      `Not waited for revenue: nothing answers at ${waited.url}. It will count the import once the platform runs.\n`,
    );
  }
  return { ...waited, ms: waited.outcome === 'caught-up' ? waiting.elapsedMs : 0 };
}
