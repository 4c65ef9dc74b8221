import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { FixedOffsetZone, IANAZone } from 'luxon';
import { EventStore } from '@orderlog/event-store';
import { type Instant, now } from '@orderlog/instant';
import { topicNames } from '@orderlog/order-contract';
import { isCurrency } from '@orderlog/order-domain';
import type { Config } from '../config.js';
import { reportPath, writeReport } from '../importing/refused-report.js';
import { registeredEncoder } from '../importing/registered-encoder.js';
import { mustNotBeBehind } from '../must-not-be-behind.js';
import { openPool } from '../open-pool.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.js';
import { count } from '../terminal/numbers.js';
import { Progress } from '../terminal/progress.js';
import { mapping } from './columns.js';
import { CsvSource } from './csv-source.js';
import { needsPerson, summaryOf, textOf } from './current-state-summary.js';
import { importCurrentState } from './import-current-state.js';
import { instantOf } from './local-instant.js';
import { PostgresDatabase } from './postgres-source.js';
import { type ReadOptions, readSource } from './read-source.js';
import type { Reading } from './read-row.js';
import { reportHeader, reportRows } from './row-refusals.js';
import type { TableSource } from './table-source.js';

export interface CurrentStateOptions {
  table?: string;
  query?: string;
  map?: string;
  currency?: string;
  /** Absent: to be told from the amounts. */
  minorUnits?: boolean;
  /** Absent: asked, where an amount has a comma. */
  decimalComma?: boolean;
  paidStatus?: string;
  timeZone: string;
  stoodAt?: string;
  /** Absent: found by itself, where there is one; false: left alone. */
  auditLog?: string | false;
  auditOf?: string;
  mapAudit?: string;
  report?: string;
  encoding: string;
  mostRows: number;
  json: boolean;
}

/** Reads, stores, and says what came of it. */
export async function runCurrentState(
  from: string,
  options: CurrentStateOptions,
  config: Config,
  signal: AbortSignal,
): Promise<ExitCode> {
  const reading = readingOf(options);
  const encoder = await registeredEncoder(config);
  const progress = new Progress({ what: 'reading', unit: 'rows' });
  const database = isPostgres(from) ? await PostgresDatabase.connect(from) : undefined;
  let read;
  let stoodAt: Instant;
  let logFound = false;
  try {
    const table = tableOf(from, options, database, signal);
    const log = await logOf(from, options, database, signal);
    logFound = log !== undefined && options.auditLog === undefined;
    stoodAt = stoodAtOf(options, reading) ?? database?.seenAt ?? now();
    read = await readSource(table, log, {
      ...readOptionsOf(from, options, reading),
      signal,
      onProgress: (rows) => progress.at(rows),
    });
  } finally {
    progress.clear();
    await database?.close();
  }
  const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL, appendTimeoutMs: 60_000 });
  const pool = openPool(config.ORDERS_DATABASE_URL, { name: 'orderlog import', max: 3 });
  const storing = new Progress({ what: 'storing', unit: 'orders' });
  let stored = 0;
  try {
    await mustNotBeBehind(store, config);
    const imported = await importCurrentState(read, {
      ...{ store, pool, encoder, topics: topicNames(config.TOPIC_PREFIX), stoodAt, signal },
      onStoring: ({ orders, ofOrders }) => storing.at((stored = orders), ofOrders),
    }).finally(() => {
      storing.clear();
      if (!signal.aborted) return;
      process.stderr.write(
        `${count(stored)} of ${count(read.orders.size)} orders are dealt with; the same command goes on from here.\n`,
      );
    });
    const report = resolve(options.report ?? reportPath(read.name.replace(/^postgres:/, '')));
    await writeReport(report, reportHeader, reportRows(imported.refused));
    const paidByStatus = reading.paidStatuses.size > 0;
    const about = { read, imported, report, paidByStatus, stoodAt, logFound, timeZone: options.timeZone };
    process.stdout.write(options.json ? `${JSON.stringify(summaryOf(about))}\n` : textOf(about));
    return needsPerson(about) ? exitCodes.findings : exitCodes.done;
  } finally {
    await Promise.all([store.close(), pool.end()]);
  }
}

const isPostgres = (from: string): boolean => /^postgres(ql)?:\/\//.test(from);

function tableOf(
  from: string,
  { table, query, encoding }: CurrentStateOptions,
  database: PostgresDatabase | undefined,
  signal: AbortSignal,
): TableSource {
  if (!database) {
    if (table === undefined && query === undefined) return new CsvSource(from, { encoding, signal });
    throw new CommandFailed('--table and --query are for databases', 'Leave them out for a file.');
  }
  if ((table === undefined) === (query === undefined)) {
    throw new CommandFailed('a database needs a --table or a --query, one of them', 'For example: --table orders');
  }
  return table === undefined ? database.query(query!) : database.table(table);
}

async function logOf(
  from: string,
  { auditLog, table, encoding }: CurrentStateOptions,
  database: PostgresDatabase | undefined,
  signal: AbortSignal,
): Promise<TableSource | undefined> {
  if (auditLog === false) return undefined;
  if (auditLog !== undefined) {
    if (/\.csv(\.gz)?$/i.test(auditLog) || !database) return new CsvSource(auditLog, { encoding, signal });
    return database.table(auditLog);
  }
  if (database) {
    const found = await database.findBeside('audit_log', table);
    return found === undefined ? undefined : database.table(found);
  }
  const beside = ['audit_log.csv', 'audit_log.csv.gz']
    .map((name) => join(dirname(from), name))
    .find((path) => existsSync(path));
  return beside === undefined || resolve(beside) === resolve(from)
    ? undefined
    : new CsvSource(beside, { encoding, signal });
}

function readingOf({ currency, minorUnits, decimalComma, timeZone, paidStatus }: CurrentStateOptions): Reading {
  const code = currency?.toUpperCase();
  if (code !== undefined && !isCurrency(code)) {
    throw new CommandFailed(`--currency ${currency} is no currency in use`, 'Give its ISO 4217 code: GBP, EUR, JPY …');
  }
  // UTC needs no calendar, and most tables are in it.
  const zone = /^utc$/i.test(timeZone) ? FixedOffsetZone.utcInstance : IANAZone.create(timeZone);
  if (!zone.isValid) {
    throw new CommandFailed(`--time-zone ${timeZone} is none`, 'Give a name such as Europe/London, or UTC.');
  }
  const paidStatuses = new Set(
    (paidStatus ?? '')
      .split(',')
      .map((word) => word.trim().toLowerCase())
      .filter(Boolean),
  );
  return { currency: code, minorUnits, decimalComma, zone, paidStatuses };
}

function stoodAtOf({ stoodAt }: CurrentStateOptions, { zone }: Reading): Instant | undefined {
  if (stoodAt === undefined) return undefined;
  const at = instantOf(stoodAt, zone);
  if (at === undefined || at < 0 || at > now()) {
    throw new CommandFailed(
      `--stood-at ${stoodAt} is no time that has passed`,
      'Write it as 2024-03-01 or 2024-03-01T18:00:00Z.',
    );
  }
  return at;
}

/** `.csv` or `.csv.gz`, as it is written. */
const extensionOf = (path: string): string => /\.csv(\.gz)?$/i.exec(path)?.[0] ?? '';

/** The table that a query names first: whose entries are meant, where the log has those of several. */
const firstTableOf = (query: string): string | undefined => /\bfrom\s+([\w."]+)/i.exec(query)?.[1];

const readOptionsOf = (from: string, options: CurrentStateOptions, reading: Reading): Omit<ReadOptions, 'signal'> => ({
  map: mapping(options.map, '--map'),
  mapAudit: mapping(options.mapAudit, '--map-audit'),
  auditOf: options.auditOf,
  tableName:
    options.table ?? (isPostgres(from) ? firstTableOf(options.query ?? '') : basename(from, extensionOf(from))),
  reading,
  mostRows: options.mostRows,
});
