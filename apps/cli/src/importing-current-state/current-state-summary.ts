import { formatInstant, type Instant } from '@orderlog/instant';
import { count, counted } from '../terminal/numbers.js';
import type { Imported } from './import-current-state.js';
import { differInCapitals, type ReadSource } from './read-source.js';
import { rowRefusals, type RowRefusal } from './row-refusals.js';
import { tellsWhoSomeoneIs } from './table-columns.js';

export interface ImportSummary {
  read: ReadSource;
  imported: Imported;
  report: string;
  /** Whether statuses were named that mean that the whole total was paid. */
  paidByStatus: boolean;
  stoodAt: Instant;
  /** Whether the log was found by itself. */
  logFound: boolean;
  timeZone: string;
}

/** Whether a person has to look at what came of it. */
export const needsPerson = ({ read, imported }: Pick<ImportSummary, 'read' | 'imported'>): boolean => {
  const { contradicting, saidMore, duplicates, gone, withGaps, waiting } = imported;
  const alike = differInCapitals(read.orders.keys());
  return [contradicting, saidMore, duplicates, gone, withGaps, waiting, alike].some((orders) => orders.length > 0);
};

/** The same as the text, for programs. */
export const summaryOf = ({ read, imported, report, stoodAt, timeZone }: ImportSummary) => ({
  source: read.name,
  rows: read.rows,
  orders: read.orders.size,
  columns: read.columns,
  columnsNotRead: read.unread,
  timeZone,
  stoodAt: formatInstant(stoodAt),
  keptNow: imported.keptNow,
  keptBefore: imported.keptBefore,
  refused: imported.refused.length,
  refusedBy: Object.fromEntries(byReason(imported)),
  report,
  onHold: imported.contradicting,
  saidMore: imported.saidMore,
  duplicates: imported.duplicates,
  gone: imported.gone,
  withGaps: imported.withGaps,
  stillOnHold: imported.waiting,
  differInCapitals: differInCapitals(read.orders.keys()),
  auditLog:
    read.log.name === undefined
      ? null
      : {
          name: read.log.name,
          entries: read.log.entries,
          entriesOnOtherTables: Object.fromEntries(read.log.ofOthers),
          firstId: read.log.holes.first ?? null,
          missingIds: read.log.holes.count,
          missingIdRanges: read.log.holes.ranges,
        },
});

function byReason({ refused }: Imported): Map<RowRefusal, number> {
  const counts = new Map<RowRefusal, number>();
  for (const { reason } of refused) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}

/** What a person reads when the import is done. */
export function textOf({ read, imported, report, paidByStatus, stoodAt, logFound, timeZone }: ImportSummary): string {
  const { keptNow, keptBefore, refused } = imported;
  const { log } = read;
  const row = (name: string, rows: number, entries: number, rest: string): string =>
    `  ${name.padEnd(14)}${count(rows).padStart(10)} rows${log.name === undefined ? '' : `${count(entries).padStart(10)} entries of the log`}   ${rest}`;
  const lines = [
    `${read.name}: ${counted(read.rows, 'row')} of ${counted(read.orders.size, 'order')}, as ${formatInstant(stoodAt)} found them; what was before is unknown`,
    row('stored now', keptNow.rows, keptNow.entries, counted(keptNow.orders, 'order')),
    row('there before', keptBefore.rows, keptBefore.entries, counted(keptBefore.orders, 'order')),
    `  ${'refused'.padEnd(14)}${count(refused.length).padStart(10)} in all${refused.length > 0 ? `    ${report}` : ''}`,
    ...[...byReason(imported)].map(
      ([reason, many]) => `${' '.repeat(16)}${count(many).padStart(8)} ${reason}: ${rowRefusals[reason]}`,
    ),
    ...looking(imported),
    ...alikeIn(read),
    `Columns: ${Object.entries(read.columns)
      .map(([field, column]) => (field === column ? field : `${field} from ${column}`))
      .join(', ')}`,
  ];
  const personal = read.unread.filter(tellsWhoSomeoneIs);
  const others = read.unread.filter((column) => !tellsWhoSomeoneIs(column));
  if (personal.length > 0) lines.push(`Not read, because they tell who someone is: ${listed(personal)}`);
  if (others.length > 0) lines.push(`Not read: ${listed(others)}`);
  if (read.customersLeftOut > 0) {
    lines.push(
      `${counted(read.customersLeftOut, 'row')} with an e-mail address for a customer ID: the customer was left out.`,
    );
  }
  if (read.columns.captured === undefined)
    lines.push(
      paidByStatus
        ? 'No column says what was captured: it counts as the total where --paid-status names the status, and as 0 elsewhere.'
        : 'No column says what was captured: it counts as 0 (--paid-status says which statuses mean paid).',
    );
  if (read.columns.createdAt ?? read.columns.updatedAt ?? read.log.columns.at)
    lines.push(`Times without a zone are ${timeZone}.`);
  return `${[...lines, ...aboutLog(read, logFound)].join('\n')}\n`;
}

function* looking({ contradicting, saidMore, duplicates, gone, withGaps, waiting }: Imported): Generator<string> {
  const say = (orders: readonly string[], one: string, many: string): string =>
    `${orders.length === 1 ? `1 order ${one}` : `${count(orders.length)} orders ${many}`}: ${named(orders)}`;
  if (contradicting.length > 0) {
    yield say(
      contradicting,
      'has rows that contradict each other, and is on hold',
      'have rows that contradict each other, and are on hold',
    );
    yield '  Each stands as its first row says until a person decides: POST /orders/{orderId}/resolution';
  }
  if (waiting.length > 0) {
    yield say(
      waiting,
      'was imported before, is on hold, and nobody has decided yet',
      'were imported before, are on hold, and nobody has decided yet',
    );
    yield '  A person decides: POST /orders/{orderId}/resolution';
  }
  if (gone.length > 0) yield say(gone, 'is in the log alone, and on hold', 'are in the log alone, and on hold');
  if (saidMore.length > 0) {
    yield say(
      saidMore,
      'was imported before, and the source says something new of it',
      'were imported before, and the source says something new of them',
    );
  }
  if (duplicates.length > 0) {
    yield say(
      duplicates,
      'is here already, and did not come from a table: it was not changed',
      'are here already, and did not come from a table: they were not changed',
    );
  }
  if (withGaps.length > 0) yield say(withGaps, 'has a gap in its evidence', 'have gaps in their evidence');
}

function* alikeIn({ orders }: ReadSource): Generator<string> {
  const alike = differInCapitals(orders.keys());
  if (alike.length === 0) return;
  const pairs = alike.slice(0, 5).map((orderIds) => orderIds.slice(0, 5).join(' and '));
  yield `${counted(alike.length, 'order ID')} ${alike.length === 1 ? 'is' : 'are'} written in more than one way, with other capitals: ${pairs.join('; ')}${alike.length > 5 ? ' …' : ''}`;
  yield '  Each is an order of its own here; where the table meant one, they may contradict each other, and nobody is asked.';
}

function* aboutLog({ log }: ReadSource, logFound: boolean): Generator<string> {
  if (log.name === undefined) return;
  yield `The log ${log.name}${logFound ? ' was found beside the table (--no-audit-log leaves it alone)' : ''}: ${counted(log.entries, 'entry', 'entries')}, taken as evidence and not as facts.`;
  if (log.ofOthers.size > 0) {
    yield `  Not about this table: ${[...log.ofOthers].map(([table, entries]) => `${count(entries)} on ${table}`).join(', ')}`;
  }
  const { first, count: missing, ranges } = log.holes;
  if (first !== undefined && first > 1) {
    yield `  It begins with number ${first}: what was logged before, if anything, is not in it, and rows that are older than it show no gap.`;
  }
  if (missing > 0) {
    const shown = ranges.slice(0, 5).map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
    yield `  ${counted(missing, 'number')} missing in its own sequence: ${shown.join(', ')}${ranges.length > 5 ? ' …' : ''}. A rolled-back change leaves such a hole, and so does an entry that somebody deleted.`;
  }
}

/** More columns than this are nothing that anybody reads; `--json` has them all. */
const mostColumns = 50;
const listed = (columns: readonly string[]): string => {
  const names = columns.slice(0, mostColumns).map((column) => column || '(a column without a name)');
  const more = columns.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${count(more)} more` : '');
};

const named = (orders: readonly string[]): string => orders.slice(0, 5).join(', ') + (orders.length > 5 ? ' …' : '');
