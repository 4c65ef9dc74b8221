import { PointSeen } from './amounts.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { findColumns, plainName } from './columns.js';
import { holesIn, type LogAbout, type LogHoles } from './evidence-of.js';
import { FieldNames, inOrder, type LogEntry, numberIn, readLogEntry } from './read-log-entry.js';
import { type ClaimedRow, orderIdForm, readRow, type Reading } from './read-row.js';
import type { RefusedRow } from './row-refusals.js';
import { logColumns, type LogField, tableColumns, type TableField } from './table-columns.js';
import type { Values } from './read-log-entry.js';
import type { TableSource } from './table-source.js';

/** Everything that was read: every row and every entry of the log is with its order, or refused. */
export interface ReadSource {
  name: string;
  /** Whether the source is all of the table; of one that is not, only the orders that it names are here. */
  whole: boolean;
  /** By field, the column that it is read from. */
  columns: Partial<Record<TableField, string>>;
  unread: string[];
  rows: number;
  /** In the order in which the source first names them. */
  orders: Map<string, { rows: ClaimedRow[]; entries: LogEntry[] }>;
  refused: RefusedRow[];
  /** Orders with a row that was refused. */
  ofRefused: Set<string>;
  /** Rows whose customer was an e-mail address. */
  customersLeftOut: number;
  log: ReadLog;
}

export interface ReadLog {
  name?: string;
  columns: Partial<Record<LogField, string>>;
  /** Entries on this table, refused ones included. */
  entries: number;
  /** Entries on other tables, by their names. */
  ofOthers: Map<string, number>;
  holes: LogHoles;
  /** Absent where there is no log. */
  about?: LogAbout;
}

export interface ReadOptions {
  map: ReadonlyMap<string, string>;
  mapAudit: ReadonlyMap<string, string>;
  /** Of which table the log's entries are taken, where the user says so. */
  auditOf: string | undefined;
  /** What the table is called, where the log has entries on several. */
  tableName: string | undefined;
  reading: Reading;
  /** A guard against running out of memory: rows and entries are held. */
  mostRows: number;
  signal: AbortSignal;
  onProgress?: (rows: number) => void;
}

/**
 * Reads the table, and then the log beside it. All of it is held in memory, because the rows and entries of one order
 * need not stand together.
 * @throws CommandFailed where a column is missing, or more rows come than may be held
 */
export async function readSource(
  table: TableSource,
  log: TableSource | undefined,
  options: ReadOptions,
): Promise<ReadSource> {
  const found = findColumns<TableField>(await table.columns(), tableColumns, options.map, '--map');
  for (const field of ['orderId', 'total'] as const) {
    if (found.of[field] === undefined) {
      throw new CommandFailed(
        `${table.name} has no column that could be the ${field}`,
        `Say which it is: --map ${field}=… It has: ${(await table.columns()).join(', ')}.`,
      );
    }
  }
  if (found.of.currency === undefined && options.reading.currency === undefined) {
    throw new CommandFailed(
      `${table.name} has no column of the currency`,
      'Say which it is: --currency GBP, or --map currency=…',
    );
  }
  const read: ReadSource = {
    name: table.name,
    whole: table.whole,
    columns: found.of,
    unread: found.unread,
    rows: 0,
    orders: new Map(),
    refused: [],
    ofRefused: new Set(),
    customersLeftOut: 0,
    log: { columns: {}, entries: 0, ofOthers: new Map(), holes: holesIn([]) },
  };
  const points = new PointSeen();
  let held = 0;
  const hold = (more: number): void => {
    options.signal.throwIfAborted();
    held += more;
    if (held > options.mostRows) {
      throw new CommandFailed(
        `there are more than ${options.mostRows} rows, and they are held in memory`,
        'Allow more with --most-rows (about 400 bytes a row, 1,500 an entry of the log), or import in parts.',
      );
    }
    options.onProgress?.(held);
  };
  await eachRow(table, found.of, hold, (row, origin) => {
    read.rows++;
    const claimed = 'fields' in row ? readRow(row.fields, row.number, origin, options.reading) : row.refused;
    if ('fields' in row) {
      for (const field of ['total', 'captured', 'refunded'] as const) {
        points.heed(row.fields[field]?.trim() ?? '', 'reason' in claimed ? undefined : claimed.currency);
      }
    }
    if ('reason' in claimed) {
      read.refused.push(claimed);
      // A line that cannot be read may be the one that contradicts the others: every order that it may name is held back.
      for (const orderId of 'fields' in row ? [claimed.orderId] : row.mayName) read.ofRefused.add(orderId);
      return;
    }
    if (claimed.customerLeftOut) read.customersLeftOut++;
    orderOf(read, claimed.orderId).rows.push(claimed);
  });
  if (points.comma !== undefined && options.reading.decimalComma === undefined) {
    throw new CommandFailed(
      `an amount of ${table.name} has a comma: ${points.comma.slice(0, 40)}`,
      'Say --decimal-comma where pence follow it, or --no-decimal-comma to have such rows refused. What is imported cannot be taken back.',
    );
  }
  if (points.doubtful && options.reading.minorUnits === undefined) {
    const { amount, currency } = points.doubtful;
    throw new CommandFailed(
      `no amount of ${table.name} has a decimal point: ${amount} could be ${amount}.00 ${currency}, or whole minor units`,
      'Say which: --no-minor-units or --minor-units. What is imported cannot be taken back.',
    );
  }
  if (log) await readLog(log, read, options, hold);
  return read;
}

/**
 * IDs that differ in capitals alone, together: databases that do not tell them apart mean one order by them. Here they are
 * several, so a person is told.
 */
export function differInCapitals(orderIds: Iterable<string>): string[][] {
  const byLetters = Map.groupBy(orderIds, (orderId) => orderId.toLowerCase());
  return [...byLetters.values()].filter((alike) => alike.length > 1);
}

const orderOf = (read: ReadSource, orderId: string) => {
  const order = read.orders.get(orderId) ?? { rows: [], entries: [] };
  read.orders.set(orderId, order);
  return order;
};

type TakenRow<F extends string> =
  | { number: number; fields: Partial<Record<F, string | null>> }
  /** `mayName`: orders that a line which cannot be read may be of. */
  | { number: number; refused: RefusedRow; mayName: string[] };

async function eachRow<F extends string>(
  table: TableSource,
  columns: Partial<Record<F, string>>,
  hold: (more: number) => void,
  take: (row: TakenRow<F>, origin: string) => void,
): Promise<void> {
  const fields = Object.keys(columns) as F[];
  for await (const rows of table.rows(fields.map((field) => columns[field]!))) {
    hold(rows.length);
    for (const row of rows) {
      const origin = `${table.name}:${row.number}`;
      if ('broken' in row) {
        const mayName = (row.mayName[fields.indexOf('orderId' as F)] ?? [])
          .map((text) => text.trim())
          .filter((text) => orderIdForm.test(text));
        const orderId = mayName.length === 1 ? mayName[0]! : '';
        const refused: RefusedRow = { origin, orderId, reason: row.broken, detail: '' };
        take({ number: row.number, refused, mayName }, origin);
      } else {
        const texts = Object.fromEntries(fields.map((field, place) => [field, row.fields[place]]));
        take({ number: row.number, fields: texts as Partial<Record<F, string | null>> }, origin);
      }
    }
  }
}

async function readLog(
  log: TableSource,
  read: ReadSource,
  options: ReadOptions,
  hold: (more: number) => void,
): Promise<void> {
  const columns = await log.columns();
  const { ofLog, ofValues } = splitMapping(options.mapAudit);
  const found = findColumns<LogField>(columns, logColumns, ofLog, '--map-audit');
  const pairs = found.of.before === undefined && found.of.after === undefined ? pairsIn(columns) : undefined;
  if (pairs?.size === 0) {
    throw new CommandFailed(
      `${log.name} has no column of old or new values`,
      `Say which they are: --map-audit before=…,after=… It has: ${columns.join(', ')}. Or leave it: --no-audit-log.`,
    );
  }
  const named = new Map(Object.entries(read.columns).map(([field, column]) => [column, field as TableField]));
  const names = new FieldNames(new Map([...named, ...ofValues]), new Set(read.unread));
  const byTable = new Map<string | undefined, { entries: LogEntry[]; refused: RefusedRow[] }>();
  const ids: number[] = [];
  await eachRow<string>(log, { ...found.of, ...Object.fromEntries(pairs ?? []) }, hold, (row) => {
    const entry =
      'fields' in row
        ? readLogEntry(pairs ? { ...row, pairs: pairedIn(row.fields, pairs) } : row, log.name, names, options.reading)
        : row.refused;
    const id = 'fields' in row ? numberIn(row.fields) : undefined;
    if (id !== undefined) ids.push(id);
    const table = 'fields' in row ? row.fields['table']?.trim() || undefined : undefined;
    const group = byTable.get(table) ?? { entries: [], refused: [] };
    byTable.set(table, group);
    if ('reason' in entry) group.refused.push(entry);
    else group.entries.push(entry);
  });
  const chosen = chooseTable(
    [...byTable.keys()].filter((name) => name !== undefined),
    options,
  );
  const taken: LogEntry[] = [];
  const unread = new Map<string, string[]>();
  const ofOthers = new Map<string, number>();
  let refused = 0;
  for (const [table, group] of byTable) {
    if (table !== undefined && chosen !== undefined && !sameTable(table, chosen)) {
      ofOthers.set(table, group.entries.length + group.refused.length);
      continue;
    }
    for (const entry of group.entries) taken.push(entry);
    for (const one of group.refused) {
      read.refused.push(one);
      if (one.orderId !== '') unread.set(one.orderId, [...(unread.get(one.orderId) ?? []), one.origin]);
    }
    refused += group.refused.length;
  }
  const entries = inOrder(taken);
  const renamed = new Map<string, LogEntry[]>();
  for (const entry of entries) {
    const { orderId, origin, was } = entry;
    if (was !== undefined) renamed.set(was, [...(renamed.get(was) ?? []), entry]);
    const selected = read.whole || read.orders.has(orderId) || read.ofRefused.has(orderId);
    if (selected) orderOf(read, orderId).entries.push(entry);
    else read.refused.push({ origin, orderId, reason: 'log-of-order-not-selected', detail: '' });
  }
  const beginsAt = entries.find(({ at }) => at !== undefined)?.at; // not the earliest: a clock may have been wrong later
  read.log = {
    name: log.name,
    columns: found.of,
    entries: entries.length + refused,
    ofOthers,
    holes: holesIn(ids),
    about: { names, reading: options.reading, beginsAt, unread, renamed, wholeTable: read.whole },
  };
}

/** What the user says of the log's own columns, and of the names that its values have. */
function splitMapping(mapAudit: ReadonlyMap<string, string>) {
  const ofValues = new Map<string, TableField>();
  const ofLog = new Map<string, string>();
  for (const [name, column] of mapAudit) {
    const field = (Object.keys(tableColumns) as TableField[]).find((known) => plainName(known) === plainName(name));
    if (field === undefined || field === 'orderId') ofLog.set(name, column);
    else ofValues.set(column, field);
  }
  return { ofLog, ofValues };
}

const pairOf = /^(old|new)[\s_-]?(.+)$/i;

/** Of a log with a column for each old and each new value: `before:total` is in `old_total`, `after:total` in `new_total`. */
function pairsIn(columns: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const column of columns) {
    const [, side, name] = pairOf.exec(column) ?? [];
    if (side && name) pairs.set(`${side.toLowerCase() === 'old' ? 'before' : 'after'}:${name}`, column);
  }
  return pairs;
}

function pairedIn(fields: Partial<Record<string, string | null>>, pairs: ReadonlyMap<string, string>) {
  const values: { before: Values; after: Values } = { before: new Map(), after: new Map() };
  for (const pair of pairs.keys()) {
    const [side, name] = pair.split(/:(.*)/s) as ['before' | 'after', string];
    values[side].set(name, fields[pair] ?? null);
  }
  return values;
}

/** Which table's entries are meant, where the log has those of several. @returns undefined: all of them */
function chooseTable(names: readonly string[], { auditOf, tableName }: ReadOptions): string | undefined {
  if (auditOf !== undefined) return auditOf;
  if (names.length <= 1) return undefined;
  if (tableName !== undefined && names.some((name) => sameTable(name, tableName))) return tableName;
  throw new CommandFailed(
    `the log has entries on several tables: ${names.slice(0, 10).join(', ')}`,
    `Say which is meant: --audit-of ${names[0]}`,
  );
}

/** `public.orders` and `orders` are one. */
const sameTable = (a: string, b: string): boolean => bare(a) === bare(b) || a === b;
const bare = (name: string): string => name.replaceAll('"', '').split('.').at(-1)!.toLowerCase();
