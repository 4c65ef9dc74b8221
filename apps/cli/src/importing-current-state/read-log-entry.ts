import type { Instant } from '@orderlog/instant';
import { plainName } from './columns.js';
import { instantOf, isNoTime } from './local-instant.js';
import { orderIdForm, shown, unkeepableText, type Reading } from './read-row.js';
import type { RefusedRow, RowRefusal } from './row-refusals.js';
import { type LogField, tableColumns, type TableField } from './table-columns.js';

/** A row's values by the name of their column, as texts; null is null. */
export type Values = Map<string, string | null>;

/** An entry of a log that triggers write. */
export interface LogEntry {
  orderId: string;
  /** The ID that the row had before, where the entry says that it got another. */
  was: string | undefined;
  /** Of which table, where the log says it. */
  table: string | undefined;
  /** Its number in the log, where it has one: a hole in these is a hole in the log. */
  id: number | undefined;
  action: 'insert' | 'update' | 'delete';
  at: Instant | undefined;
  actor: string | undefined;
  before: Values | undefined;
  after: Values | undefined;
  /** Whether it tells of one value alone; then the entries that made a row are several. */
  ofOneValue: boolean;
  origin: string;
}

/** Which column of the table each field is, also as the log's own values name it. */
export class FieldNames {
  private readonly known = new Map<string, TableField | undefined>();

  /**
   * @param named columns that are certain: the ones that the table's rows are read from, or that the user named
   * @param others columns of the table that are none of ours, however they are spelled
   */
  constructor(
    private readonly named: ReadonlyMap<string, TableField>,
    private readonly others: ReadonlySet<string> = new Set(),
  ) {}

  /** @returns undefined of a column that is none of ours */
  of(column: string): TableField | undefined {
    if (!this.known.has(column)) this.known.set(column, this.named.get(column) ?? this.bySpelling(column));
    return this.known.get(column);
  }

  private bySpelling(column: string): TableField | undefined {
    if (this.others.has(column)) return undefined;
    const plain = plainName(column);
    const fields = Object.keys(tableColumns) as TableField[];
    return fields.find((field) => (tableColumns[field] as readonly string[]).includes(plain));
  }
}

/** What a row of these values says in a field. */
export function valueOf(values: Values | undefined, field: TableField, names: FieldNames): string | null | undefined {
  if (!values) return undefined;
  for (const [column, value] of values) if (names.of(column) === field) return value;
  return undefined;
}

export interface ReadEntry {
  fields: Partial<Record<LogField, string | null>>;
  /** Of a log with a pair of columns for each value (old_total, new_total): what they hold, by the value's name. */
  pairs?: { before: Values; after: Values };
  /** The line of the file, or the place in the table. */
  number: number;
}

/** The entry's number in the log's own sequence, where it has one. */
export const numberIn = ({ id }: ReadEntry['fields']): number | undefined =>
  id != null && /^\s*\d{1,15}\s*$/.test(id) ? Number(id) : undefined;

/** Reads an entry of the log, or says why it cannot be evidence of anything. */
export function readLogEntry(
  { fields, pairs, number }: ReadEntry,
  source: string,
  names: FieldNames,
  reading: Reading,
): LogEntry | RefusedRow {
  const said = (field: LogField): string => fields[field]?.trim() ?? '';
  const id = numberIn(fields);
  let orderId = said('orderId');
  const origin = `${source}:${source.startsWith('postgres:') && said('id') !== '' ? shown(said('id')) : number}`;
  const no = (reason: RowRefusal, detail = ''): RefusedRow => ({
    origin,
    orderId: shown(orderId),
    reason,
    detail: shown(detail),
  });
  for (const [field, text] of Object.entries(fields)) {
    const unkeepable = text ? unkeepableText(text) : undefined;
    if (unkeepable) return no(unkeepable, field);
  }
  const column = said('column');
  const read = (side: 'before' | 'after'): Values | undefined | 'not-json' => {
    if (pairs)
      return [...pairs[side].values()].some((value) => value !== null && value !== '') ? pairs[side] : undefined;
    return column === '' ? valuesOf(said(side)) : new Map([[column, fields[side] ?? null]]);
  };
  const before = read('before');
  const after = read('after');
  if (before === 'not-json' || after === 'not-json') {
    return no('log-values-not-json', before === 'not-json' ? 'old values' : 'new values'); // what they hold may be a person
  }
  // Of char(n) the values have the blanks that it is filled up with.
  const [idBefore, idAfter] = [before, after].map((values) => valueOf(values, 'orderId', names)?.trim());
  orderId = idAfter ?? idBefore ?? orderId;
  const action = actionOf(said('action'), before, after);
  if (action === undefined) return no('log-action-unknown', said('action'));
  if (orderId === '') return no('no-order-id');
  if (!orderIdForm.test(orderId)) return no('not-an-order-id', orderId);
  const at = isNoTime(said('at')) ? undefined : instantOf(said('at'), reading.zone);
  if (at === undefined && !isNoTime(said('at'))) return no('time-not-readable', said('at'));
  return {
    orderId,
    was: idBefore === orderId ? undefined : idBefore,
    table: said('table') === '' ? undefined : said('table'),
    id,
    action,
    at,
    actor: said('actor') === '' ? undefined : said('actor'),
    before,
    after,
    ofOneValue: column !== '',
    origin,
  };
}

/** As they were written: by their numbers, or else by their times. */
export const inOrder = (entries: readonly LogEntry[]): LogEntry[] =>
  entries.toSorted((a, b) => (a.id ?? 0) - (b.id ?? 0) || (a.at ?? 0) - (b.at ?? 0));

function actionOf(said: string, before: unknown, after: unknown): LogEntry['action'] | undefined {
  if (said === '')
    return before === undefined
      ? after === undefined
        ? undefined
        : 'insert'
      : after === undefined
        ? 'delete'
        : 'update';
  const letter = said[0]!.toLowerCase();
  if (letter === 'i' || /^create/i.test(said)) return 'insert';
  if (letter === 'u') return 'update';
  return letter === 'd' ? 'delete' : undefined;
}

/** Numbers keep the digits that they were written with: 89.90 is not 89.9 here, and no float comes near it. */
function valuesOf(text: string): Values | undefined | 'not-json' {
  if (text === '' || text === 'null') return undefined;
  let read: unknown;
  try {
    read = JSON.parse(text, (_, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' ? (context?.source ?? String(value)) : value,
    );
  } catch {
    return 'not-json';
  }
  if (read === null || typeof read !== 'object' || Array.isArray(read)) return 'not-json';
  return new Map(
    Object.entries(read).map(([column, value]) => [
      column,
      value === null || typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
