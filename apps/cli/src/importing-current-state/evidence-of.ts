import { formatInstant } from '@orderlog/instant';
import { type Evidence, type EvidenceGap, formatAmount, formatMoney, type LoggedPast } from '@orderlog/order-domain';
import { minorOfLogged } from './amounts.js';
import { FieldNames, inOrder, type LogEntry, valueOf, type Values } from './read-log-entry.js';
import type { ClaimedRow, Reading } from './read-row.js';
import type { TableField } from './table-columns.js';

/** A fact holds so much of a log; of a longer one the latest entries, and how many were left out. */
const mostEvidence = 200;
const mostGaps = 50;
const longestText = 400;
/**
 * An entry may have the time at which its transaction began, and clocks without a zone are put back by an hour in autumn: only
 * what is older than the entry before it by more than that is odd. In microseconds.
 */
const clockTolerance = 2 * 3_600_000_000;

/** What the log as a whole says, beside its entries on one order. */
export interface LogAbout {
  names: FieldNames;
  reading: Reading;
  /** When its first entry was made: a row that is older than the log cannot be in it. */
  beginsAt: number | undefined;
  /** Where entries stood that could not be read, by the order that they are of. */
  unread: ReadonlyMap<string, readonly string[]>;
  /** Entries that gave a row another ID, by the ID that it had. */
  renamed: ReadonlyMap<string, readonly LogEntry[]>;
  /** Whether a row that was not read is not in the table. */
  wholeTable: boolean;
}

/** A row as the log knows it at one moment; which entry said so last. */
interface Live {
  values: Values;
  origin: string;
}

/** What the log's entries on one order come to. */
export interface Logged {
  past: LoggedPast;
  /** As the log last knew a row that the table does not have. */
  lastState: Live | undefined;
}

/**
 * Reads the entries on one order as evidence, and finds where they cannot be the whole story: each entry must begin with
 * what an earlier one left, and the last must leave what the table has. Nothing is believed for it; gaps are only said.
 *
 * A table without a primary key may have several rows under one ID, so the rows that the log knows of are followed one by
 * one: an entry goes on from the row that its old values fit.
 * @param entries of this order, in the order in which they were written
 * @param rows of this order, as the table has them now
 */
export function evidenceOf(entries: readonly LogEntry[], rows: readonly ClaimedRow[], about: LogAbout): Logged {
  const gaps: EvidenceGap[] = [];
  const evidence: Evidence[] = [];
  const currency = new CurrencyOf(about, rows[0]?.currency);
  const texts = new Texts(about, currency);
  const orderId = (entries[0] ?? rows[0])?.orderId ?? '';
  const unread = about.unread.get(orderId) ?? [];
  const renamed = about.renamed.get(orderId) ?? [];
  const all = renamed.length === 0 ? entries : inOrder([...entries, ...renamed]);
  const unseen = unread.length === 0 ? 'an entry' : 'an entry that could be read';
  let live: Live[] = [];
  let gone: Live | undefined;
  let latest: { at: number; origin: string } | undefined;
  for (const origin of unread) {
    gaps.push({ kind: 'entry-not-read', before: origin, what: 'an entry could not be read: the report says why' });
  }
  for (const entry of all) {
    const { origin, action, at } = entry;
    currency.heed(entry);
    if (at !== undefined) {
      if (latest && at < latest.at - clockTolerance) {
        gaps.push({
          ...{ kind: 'time-went-back', after: latest.origin, before: origin },
          what: `its time is ${formatInstant(at)}, and an entry before it has ${formatInstant(latest.at)}: a clock was wrong, or somebody wrote it`,
        });
      }
      if (!latest || at > latest.at) latest = { at, origin };
    }
    evidence.push({
      ...(entry.at !== undefined && { at: entry.at }),
      ...(entry.actor !== undefined && { actor: entry.actor.slice(0, 100) }),
      what: cut(texts.whatOf(entry)),
      origin,
    });
    if (action === 'insert') {
      const made = entry.ofOneValue ? live.pop() : undefined;
      live.push({ values: new Map([...(made?.values ?? []), ...(entry.after ?? [])]), origin });
      continue;
    }
    const from = closest(live, entry.before, texts);
    if (!from) {
      gaps.push(
        gone
          ? {
              kind: 'row-came-back',
              after: gone.origin,
              before: origin,
              what: 'the row had been deleted, and nobody logged that it came back',
            }
          : {
              kind: 'no-beginning',
              before: origin,
              what:
                entry.was !== undefined && entry.orderId === orderId
                  ? `before this the row had the ID ${entry.was}: what was logged of it then is with that order`
                  : `the log begins with ${action === 'update' ? 'a change' : 'the deletion'} of the row: how it was made is not in it`,
            },
      );
    } else {
      const jumps = texts.jumpsBetween(from.values, entry.before);
      if (jumps.length > 0) {
        gaps.push({
          kind: 'value-jumped',
          after: from.origin,
          before: origin,
          what: cut(`${jumps.join('; ')}: changed without ${unseen}`),
        });
      }
    }
    live = live.filter((one) => one !== from);
    const values = new Map([...(from?.values ?? []), ...(entry.before ?? []), ...(entry.after ?? [])]);
    if (action === 'update' && entry.orderId === orderId) live.push({ values, origin });
    else gone = { values, origin };
  }
  if (all.length > 0 || unread.length === 0) gaps.push(...gapsAtTheEnd(live, rows, all.length > 0, about, texts));
  const last = all.at(-1);
  if (rows.length === 0 && last) {
    const by = last.actor === undefined ? '' : ` by ${last.actor.slice(0, 100)}`;
    const left = renamed.at(-1);
    const how = left ? `it has had the ID ${left.orderId} since` : `it was deleted${by}`;
    gaps.push(
      live.length > 0
        ? {
            kind: 'row-gone',
            after: last.origin,
            what: 'the table has no such row any more, and no entry says that it was deleted',
          }
        : { kind: 'row-gone', after: last.origin, what: `the table has no such row any more: ${how}` },
    );
  }
  return {
    past: {
      evidence: evidence.slice(-mostEvidence),
      evidenceLeftOut: Math.max(0, evidence.length - mostEvidence),
      gaps: gaps.slice(0, mostGaps),
      gapsLeftOut: Math.max(0, gaps.length - mostGaps),
    },
    lastState: live.at(-1) ?? gone,
  };
}

/** What the log leaves, against what the table has. */
function* gapsAtTheEnd(
  live: readonly Live[],
  rows: readonly ClaimedRow[],
  logged: boolean,
  about: LogAbout,
  texts: Texts,
): Generator<EvidenceGap> {
  if (rows.length === 0) return;
  if (!logged) {
    const { createdAt } = rows[0]!.claim;
    if (createdAt === undefined || about.beginsAt === undefined || createdAt >= about.beginsAt) {
      yield { kind: 'nothing-logged', what: 'the log has no entry on this order' };
    }
    return;
  }
  const left = [...live];
  const unmatched: ClaimedRow[] = [];
  for (const row of rows) {
    const same = left.findIndex(({ values }) => texts.differencesFrom(values, row).length === 0);
    if (same < 0) unmatched.push(row);
    else left.splice(same, 1);
  }
  for (const row of unmatched) {
    const nearest = left.shift();
    yield nearest
      ? {
          kind: 'last-differs',
          after: nearest.origin,
          what: cut(`${texts.differencesFrom(nearest.values, row).join('; ')}: changed after the last entry`),
        }
      : { kind: 'nothing-logged', what: `no entry of the log made the row ${row.claim.origin}` };
  }
  for (const { origin } of about.wholeTable ? left : []) {
    yield {
      kind: 'row-gone',
      after: origin,
      what: 'the log knows one row more than the table has, and no entry says that it was deleted',
    };
  }
}

/** The row that these old values fit best; of equals the one that was written last. */
function closest(live: readonly Live[], before: Values | undefined, texts: Texts): Live | undefined {
  let best: { one: Live; jumps: number } | undefined;
  for (const one of live) {
    const jumps = texts.jumpsBetween(one.values, before).length;
    if (best === undefined || jumps <= best.jumps) best = { one, jumps };
  }
  return best?.one;
}

/** Which currency amounts are in, while the log goes on. */
class CurrencyOf {
  constructor(
    private readonly about: LogAbout,
    private now: string | undefined,
  ) {
    this.now ??= about.reading.currency;
  }
  heed({ before, after }: LogEntry): void {
    const { names } = this.about;
    const said = valueOf(after, 'currency', names) ?? valueOf(before, 'currency', names);
    if (said) this.now = said.toUpperCase();
  }
  get(): string {
    return this.now ?? '';
  }
}

const money = new Set<TableField>(['total', 'captured', 'refunded']);
/** What a row is told by; its currency stands beside its amounts. */
const stateFields = new Set<TableField>(['total', 'status', 'customerId', 'captured', 'refunded']);
const labels: Partial<Record<TableField, string>> = { customerId: 'customer', orderId: 'id' };

/** Says values as a person reads them; of columns that are none of ours never the value. */
class Texts {
  constructor(
    private readonly about: LogAbout,
    private readonly currency: CurrencyOf,
  ) {}

  whatOf({ action, before, after }: LogEntry): string {
    if (action === 'insert') return `row made: ${this.stateText(after)}`;
    if (action === 'delete') return `row deleted: ${this.stateText(before)}`;
    const changed: string[] = [];
    const others: string[] = [];
    for (const [column, to] of after ?? []) {
      const from = before?.get(column);
      if (before?.has(column) && this.same(column, from ?? null, to)) continue;
      const field = this.told(column);
      if (field === 'updatedAt') continue; // every change moves it, and the entry has its own time
      if (field)
        changed.push(
          `${label(field)} ${before?.has(column) ? `${this.plain(field, from)} → ` : ''}${this.text(field, to)}`,
        );
      else others.push(column);
    }
    const also = others.length > 0 ? `${changed.length > 0 ? 'also ' : ''}changed: ${others.join(', ')}` : '';
    return [...changed, also].filter(Boolean).join('; ') || 'written without a change';
  }

  /** Where what an entry begins with is not what was known. */
  jumpsBetween(known: Values, before: Values | undefined): string[] {
    const jumps: string[] = [];
    for (const [column, from] of before ?? []) {
      if (!known.has(column) || this.same(column, known.get(column) ?? null, from)) continue;
      const field = this.told(column);
      jumps.push(
        field ? `${label(field)} ${this.plain(field, known.get(column))} → ${this.text(field, from)}` : column,
      );
    }
    return jumps;
  }

  /** Where a row of the table is not what the log last said. */
  differencesFrom(values: Values, row: ClaimedRow): string[] {
    const differences: string[] = [];
    for (const [column, logged] of values) {
      const field = this.told(column);
      if (!field || field === 'createdAt' || field === 'updatedAt' || field === 'orderId') continue;
      const has = field === 'currency' ? row.currency : row.claim[field];
      if (has === undefined && (logged === null || field === 'customerId')) continue;
      const differs = money.has(field)
        ? has !== undefined && this.minor(logged) !== has
        : field === 'currency'
          ? logged !== null && logged.toUpperCase() !== has
          : has !== (logged?.trim() || (field === 'status' ? '(no status)' : undefined));
      if (!differs) continue;
      const now = typeof has === 'number' ? formatMoney(has, row.currency) : String(has ?? 'none');
      differences.push(`${label(field)} ${this.plain(field, logged)} in the log, ${now} in the table`);
    }
    return differences;
  }

  private told(column: string): TableField | undefined {
    return this.about.names.of(column);
  }

  private same(column: string, a: string | null, b: string | null): boolean {
    if (a === b) return true;
    const field = this.told(column);
    if (a === null || b === null || !field || !money.has(field)) return false;
    const [one, other] = [this.minor(a), this.minor(b)];
    return typeof one === 'number' && one === other;
  }

  private minor(value: string | null): number | undefined {
    const read = value === null ? undefined : minorOfLogged(value, this.currency.get(), this.about.reading);
    return typeof read === 'number' ? read : undefined;
  }

  private stateText(values: Values | undefined): string {
    const told = new Map<TableField, string>();
    for (const [column, value] of values ?? []) {
      const field = this.told(column);
      if (field && stateFields.has(field) && value !== null)
        told.set(field, `${label(field)} ${this.text(field, value)}`);
    }
    return [...told.values()].join(', ') || 'its values are not in the log';
  }

  private text(field: TableField, value: string | null | undefined): string {
    const plain = this.plain(field, value);
    return money.has(field) && this.minor(value ?? null) !== undefined
      ? `${plain} ${this.currency.get()}`.trim()
      : plain;
  }

  private plain(field: TableField, value: string | null | undefined): string {
    if (value === null || value === undefined) return 'none';
    if (field === 'customerId' && value.includes('@')) return '(an e-mail address)';
    const minor = money.has(field) ? this.minor(value) : undefined;
    return minor === undefined ? value.slice(0, 60) : formatAmount(minor, this.currency.get());
  }
}

const label = (field: TableField): string =>
  labels[field] ?? (field === 'createdAt' ? 'created at' : field === 'updatedAt' ? 'updated at' : field);

const cut = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text);

/** What is missing in the log's own sequence. */
export interface LogHoles {
  /** The first number there is: what may have been before it is not in the log. */
  first: number | undefined;
  /** Between the first and the last: how many, and the first ranges of them. */
  count: number;
  ranges: { from: number; to: number }[];
}

/** Finds the numbers that no entry has. */
export function holesIn(ids: readonly number[]): LogHoles {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  const ranges: { from: number; to: number }[] = [];
  let count = 0;
  for (let index = 1; index < sorted.length; index++) {
    const [from, to] = [sorted[index - 1]! + 1, sorted[index]! - 1];
    if (from > to) continue;
    count += to - from + 1;
    if (ranges.length < 20) ranges.push({ from, to });
  }
  return { first: sorted[0], count, ranges };
}
