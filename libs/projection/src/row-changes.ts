import type { Definition, Table } from './define-projection.js';
import { textOf } from './value-text.js';

/** A row as texts, in the order of its table's columns. */
export type Fields = readonly (string | null)[];

/** What one event makes: its identity, and its rows by table. */
export interface Produced {
  identity: Fields;
  rows: ReadonlyMap<string, readonly Fields[]>;
}

/** What has to change in one table so that it holds what its events make now. */
export interface TableChanges {
  /** Identities whose rows go: they made something else before. */
  remove: Fields[];
  insert: Fields[];
  /** Differences for the totals, sorted by their keys. */
  totals: TotalChange[];
}

export interface TotalChange {
  by: Fields;
  entries: number;
  sums: number[];
}

/** @throws whatever the definition's `rows` throws, or a value that its column cannot hold */
export function produce<Event>(definition: Definition<Event>, event: Event): Produced {
  const rows = new Map<string, Fields[]>();
  for (const row of definition.rows(event)) {
    const table = definition.tables[row.into];
    if (!table) throw new Error(`${definition.name} has no table ${row.into}`);
    const fields = Object.entries(table.columns).map(([column, type]) => {
      const value = row.values[column];
      if (value === undefined) throw new Error(`a row of ${row.into} has no ${column}`);
      return textOf(type, value);
    });
    const known = rows.get(row.into);
    if (known) known.push(fields);
    else rows.set(row.into, [fields]);
  }
  return { identity: identityOf(definition, event), rows };
}

/** Identity columns have the same type in every table; the first one's is taken. */
export function identityOf<Event>(definition: Definition<Event>, event: Event): Fields {
  const [table] = Object.values(definition.tables);
  const values = definition.identity.of(event);
  return definition.identity.columns.map((column, index) => {
    const type = table?.columns[column];
    const value = values[index];
    if (!type || value === undefined) throw new Error(`${definition.name}: an event without ${column}`);
    return textOf(type, value);
  });
}

export const keyOf = (fields: Fields): string => JSON.stringify(fields);

/** Where an event comes twice in a batch, its last copy is what compaction will leave. */
export function lastOfEach(produced: readonly Produced[]): Produced[] {
  const byIdentity = new Map<string, Produced>();
  for (const one of produced) byIdentity.set(keyOf(one.identity), one);
  return byIdentity.size === produced.length ? [...produced] : [...byIdentity.values()];
}

/**
 * Compares what events make now with what they had made. An event that makes the same again changes nothing, so a
 * replay writes nothing but what differs, and no number is ever wrong on the way.
 * @param before rows of these events that the table holds, by `keyOf(identity)`
 */
export function changesOf(
  name: string,
  table: Table,
  produced: readonly Produced[],
  before: ReadonlyMap<string, readonly Fields[]>,
): TableChanges {
  const changes: TableChanges = { remove: [], insert: [], totals: [] };
  const totals = new TotalChanges(table);
  for (const { identity, rows } of produced) {
    const now = rows.get(name) ?? [];
    const then = before.size === 0 ? undefined : before.get(keyOf(identity));
    if (then) {
      if (sameRows(then, now)) continue;
      changes.remove.push(identity);
      for (const fields of then) totals.add(fields, -1);
    }
    for (const fields of now) {
      changes.insert.push(fields);
      totals.add(fields, 1);
    }
  }
  changes.totals = totals.sorted();
  return changes;
}

function sameRows(left: readonly Fields[], right: readonly Fields[]): boolean {
  if (left.length !== right.length) return false;
  const texts = left.map(keyOf).sort();
  return right
    .map(keyOf)
    .sort()
    .every((text, index) => text === texts[index]);
}

class TotalChanges {
  readonly #byKey = new Map<string, TotalChange>();
  readonly #by: number[];
  readonly #sums: number[];

  constructor(table: Table) {
    const columns = Object.keys(table.columns);
    this.#by = (table.totals?.by ?? []).map((column) => columns.indexOf(column));
    this.#sums = (table.totals?.sums ?? []).map((column) => columns.indexOf(column));
  }

  add(fields: Fields, sign: 1 | -1): void {
    if (this.#by.length === 0) return;
    let key = '';
    for (const index of this.#by) key += `${fields[index]}\u0000`;
    let change = this.#byKey.get(key);
    if (!change) {
      change = { by: this.#by.map((index) => fields[index] ?? null), entries: 0, sums: this.#sums.map(() => 0) };
      this.#byKey.set(key, change);
    }
    change.entries += sign;
    for (const [at, index] of this.#sums.entries())
      change.sums[at] = (change.sums[at] ?? 0) + sign * Number(fields[index]);
  }

  /** Neighbours in the index are written one after the other. */
  sorted(): TotalChange[] {
    return [...this.#byKey]
      .filter(([, change]) => change.entries !== 0 || change.sums.some((sum) => sum !== 0))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, change]) => change);
  }
}
