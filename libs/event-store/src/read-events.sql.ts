import type { Instant } from '@orderlog/instant';
import type { ClientBase, Pool } from 'pg';
import { DamagedFact } from './damaged-fact.js';
import { microseconds } from './microseconds.sql.js';
import type { JsonObject, Metadata, StoredEvent } from './store.js';

const columns = `position, stream_id, version, event_id, type, schema_version, data, metadata,
  ${microseconds('occurred_at')} as occurred_at, ${microseconds('recorded_at')} as recorded_at, previous_hash, hash`;

interface EventRow {
  position: string;
  stream_id: string;
  version: string;
  event_id: string;
  type: string;
  schema_version: number;
  data: JsonObject;
  metadata: Metadata;
  occurred_at: string | null;
  recorded_at: string | null;
  previous_hash: Buffer;
  hash: Buffer;
}

const storedEvent = (row: EventRow): StoredEvent => ({
  position: Number(row.position),
  stream: row.stream_id,
  version: Number(row.version),
  eventId: row.event_id,
  type: row.type,
  schemaVersion: row.schema_version,
  data: object(row, 'data'),
  metadata: object(row, 'metadata'),
  occurredAt: instant(row, 'occurred_at'),
  recordedAt: instant(row, 'recorded_at'),
  previousHash: row.previous_hash,
  hash: row.hash,
});

/** @throws DamagedFact where the time is none that an Instant can hold */
function instant(row: EventRow, column: 'occurred_at' | 'recorded_at'): Instant {
  const value = row[column] === null ? NaN : Number(row[column]);
  if (Number.isSafeInteger(value)) return value;
  throw DamagedFact.atNoTime(row.stream_id, Number(row.version), column);
}

/** @throws DamagedFact where the JSON is no object */
function object<Column extends 'data' | 'metadata'>(row: EventRow, column: Column): EventRow[Column] {
  const value: unknown = row[column];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return row[column];
  throw new DamagedFact(row.stream_id, Number(row.version), `has ${column} that is no object`);
}

export interface StreamRange {
  /** Inclusive; 1 where absent. */
  fromVersion?: number;
  /** Inclusive. */
  toVersion?: number;
  direction?: 'forward' | 'backward';
  limit?: number;
}

/** A stream's facts between two versions, both included, oldest first or newest first. */
export async function readStream(pool: Pool | ClientBase, stream: string, range: StreamRange): Promise<StoredEvent[]> {
  const order = range.direction === 'backward' ? 'desc' : 'asc';
  const { rows } = await pool.query<EventRow>({
    name: `read-stream-${order}`,
    text: `select ${columns} from orders.events
      where stream_id = $1 and version >= $2 and version <= $3 order by version ${order} limit $4`,
    values: [stream, range.fromVersion ?? 1, range.toVersion ?? Number.MAX_SAFE_INTEGER, range.limit ?? null],
  });
  return rows.map(storedEvent);
}

/**
 * A stream's facts from its latest snapshot of a shape on, oldest first, the fact at the snapshot's version included; all of
 * them where it has none. One round trip: most streams have no snapshot.
 */
export async function readStreamFromSnapshot(
  pool: Pool,
  stream: string,
  shape: string,
  toVersion = Number.MAX_SAFE_INTEGER,
): Promise<{ start: number; events: StoredEvent[] }> {
  const { rows } = await pool.query<EventRow & { start: string }>({
    name: 'read-stream-from-snapshot',
    text: `select snapshot.version as start, event.* from (
        select coalesce((select version from orders.snapshots where shape = $2 and stream_id = $1 and version <= $3
                         order by version desc limit 1), 1) as version
      ) as snapshot
      left join lateral (
        select ${columns} from orders.events
        where stream_id = $1 and version >= snapshot.version and version <= $3 order by version
      ) as event on true`,
    values: [stream, shape, toVersion],
  });
  return {
    start: Number(rows[0]?.start ?? 1),
    events: rows.filter(({ stream_id }) => stream_id !== null).map(storedEvent),
  };
}

/** Every fact behind a position. Positions are dense, so whoever goes on from the last one has missed nothing. */
export async function readAll(pool: Pool, afterPosition: number, limit: number): Promise<StoredEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'read-all',
    text: `select ${columns} from orders.events where position > $1 order by position limit $2`,
    values: [afterPosition, limit],
  });
  return rows.map(storedEvent);
}
