import type { ReceivedMessage } from '@orderlog/kafka';
import type { Queryable } from './database.js';

/** What Postgres holds in a column, and what a row gives for it. Every value has one text, so that old and new compare. */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'bigint'
  | 'boolean'
  /** `2026-11-24`. */
  | 'date'
  /** An `Instant`: microseconds since 1970, UTC. */
  | 'timestamptz'
  | 'bytea'
  /** A JSON text, kept as it is. */
  | 'json';

export type Value = string | number | boolean | Buffer | null;

/** A table that events become rows of. `generation` and, in totals, `partition` and `entries` are the runtime's. */
export interface Table {
  columns: Readonly<Record<string, ColumnType>>;
  /** Sums over the rows, kept per partition (shared rows would deadlock two partitions' batches) and added when read. */
  totals?: { table: string; by: readonly string[]; sums: readonly string[] };
}

/** A row, and the table it goes into. */
export interface Row {
  into: string;
  values: Readonly<Record<string, Value>>;
}

/** A message as it stands on the topic, and where. */
export interface SourceMessage extends ReceivedMessage {
  readonly topic: string;
  readonly partition: number;
}

/** What a source makes of a message. */
export type Read<Event> =
  /** `unknownType`: it can be kept, but not understood; remembered as below. */
  | { kind: 'event'; event: Event; unknownType?: string }
  /** A type that this reader does not know (yet): remembered with the first offset where it was met. */
  | { kind: 'unknown-type'; type: string }
  /** Nothing for this projection. */
  | { kind: 'nothing' };

export interface Source<Event> {
  topic: string;
  /**
   * Decodes a message. What it throws is poison and parks the message's stream, except what `isUnavailable` takes for
   * a part that is away.
   */
  read(message: SourceMessage): Read<Event> | Promise<Read<Event>>;
  /** Which stream (order) a message belongs to, without decoding it: poison is parked by it. */
  streamOf(message: SourceMessage): string;
}

/** Streams of a batch whose rows were written, for what only several events together can say. */
export interface Touched<Event> {
  generation: number;
  /** Quoted, e.g. `audit`. */
  schema: string;
  events: readonly Event[];
}

export interface Definition<Event> {
  /** Also the group's name, after the topic prefix, and what `GET /projection` says. */
  name: string;
  /** The Postgres schema that is its own. */
  schema: string;
  sources: readonly Source<Event>[];
  tables: Readonly<Record<string, Table>>;
  /**
   * The columns, in every table, that say which event a row comes from; and their values of one event. A redelivered
   * event replaces the rows that carry the same.
   */
  identity: { columns: readonly string[]; of(event: Event): readonly Value[] };
  /** Pure: the same event, the same rows. What it throws parks the event's stream. */
  rows(event: Event): readonly Row[];
  /**
   * What several events say together (a chain, a sum), written in the transaction of the batch after its rows. Must
   * depend on rows of the touched streams alone, so that a replay comes to the same.
   */
  conclude?(tx: Queryable, touched: Touched<Event>): Promise<void>;
}

/** A projection is a pure function from an event to rows; offsets, duplicates, replay and parking are the runtime's. */
export function defineProjection<Event>(definition: Definition<Event>): Definition<Event> {
  const plain = /^[a-z][a-z0-9_]*$/;
  const names = Object.entries(definition.tables).flatMap(([name, table]) => [
    name,
    ...Object.keys(table.columns),
    ...(table.totals ? [table.totals.table, ...table.totals.by, ...table.totals.sums] : []),
  ]);
  for (const name of [definition.schema, ...names]) {
    if (!plain.test(name)) throw new Error(`${definition.name}: ${name} is no plain SQL name`);
  }
  for (const [name, table] of Object.entries(definition.tables)) {
    const needed = [...definition.identity.columns, ...(table.totals?.by ?? []), ...(table.totals?.sums ?? [])];
    const missing = needed.filter((column) => !(column in table.columns));
    if (missing.length > 0) throw new Error(`${definition.name}: ${name} has no column ${missing.join(', ')}`);
  }
  return definition;
}
