import { formatInstant, now } from '@orderlog/instant';
import type { ClientBase } from 'pg';
import { takeAppendLock } from './append-lock.sql.js';
import { emptyStream, type StoreHead, type StreamHead } from './batch.js';
import { hashOf } from './canonical-bytes.js';
import { canonicalJson } from './canonical-json.js';
import { keptEventId } from './checks.js';
import { damagedHeadOr } from './damaged-head.sql.js';
import { lookAtStreams } from './look-at-streams.sql.js';
import type { JsonObject, StoredEvent } from './store.js';

/** A fact cannot be put back: it does not follow what the store holds, or is not what its hash says. */
export class DoesNotFollow extends Error {
  override readonly name = 'DoesNotFollow';
  constructor(
    readonly event: StoredEvent,
    what: string,
  ) {
    super(`${event.stream} version ${event.version} at position ${event.position} ${what}`);
  }
}

/**
 * Puts facts back that a store has lost, as they were: positions, versions, ids, times and hashes are kept, none is made.
 * All of them or none, in one transaction under the append lock. What was settled since the store lost them does not count:
 * whoever was told then that there was nothing was told by a store that did not know.
 * @param events in the order of their positions; the first follows the store's last fact
 * @throws DoesNotFollow where a position, a version, a time or a chain has a break, or a hash is not that of its fact
 * @throws DamagedHead where the store’s last fact was recorded at no time that there is
 */
export async function restoreEvents(client: ClientBase, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  await client.query('begin');
  try {
    await takeAppendLock(client);
    mustFollow(await standingOf(client, events), events);
    await client.query({ ...insertEvents, values: [JSON.stringify(events.map(rowOf))] });
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // what failed says more
    throw await damagedHeadOr(client, now(), error);
  }
}

/** @throws DoesNotFollow naming the first that does not */
export function mustFollow(
  standing: { head: StoreHead; streams: ReadonlyMap<string, StreamHead> },
  events: readonly StoredEvent[],
): void {
  let { position, recordedAt } = standing.head;
  const streams = new Map(standing.streams);
  for (const event of events) {
    const no = (what: string): never => {
      throw new DoesNotFollow(event, what);
    };
    const { version, hash } = streams.get(event.stream) ?? emptyStream;
    if (event.position !== position + 1) no(`does not follow position ${position}`);
    if (event.version !== version + 1) no(`does not follow version ${version}`);
    if (!event.previousHash.equals(hash)) no('does not follow the hash of the fact before it');
    if (event.recordedAt <= (recordedAt ?? -Infinity)) no('was recorded no later than the fact before it');
    if (keptEventId(event.eventId) !== event.eventId) no('has an id that the store would write in another way');
    if (!hashOf(event).equals(event.hash)) no('is not what its hash is of');
    ({ position, recordedAt } = event);
    streams.set(event.stream, event);
  }
}

/** How the store and the streams of these facts stand. */
async function standingOf(
  client: ClientBase,
  events: readonly StoredEvent[],
): Promise<{ head: StoreHead; streams: Map<string, StreamHead> }> {
  const { rows: heads } = await client.query<{ position: string; recorded_at: string }>(
    `select position, orders.microseconds(recorded_at) as recorded_at from orders.events order by position desc limit 1`,
  );
  const [head] = heads;
  return {
    head: { position: Number(head?.position ?? 0), recordedAt: head ? Number(head.recorded_at) : null },
    streams: await lookAtStreams(client, [...new Set(events.map(({ stream }) => stream))]),
  };
}

const insertEvents = {
  name: 'restore-events',
  text: `insert into orders.events (position, stream_id, version, event_id, type, schema_version, data, metadata,
      occurred_at, recorded_at, previous_hash, hash)
    select position, stream, version, "eventId", type, "schemaVersion", data::jsonb, metadata::jsonb, "occurredAt",
      "recordedAt", decode("previousHash", 'hex'), decode(hash, 'hex')
    from json_to_recordset($1) as event (position bigint, stream text, version bigint, "eventId" uuid, type text,
      "schemaVersion" integer, data text, metadata text, "occurredAt" timestamptz, "recordedAt" timestamptz,
      "previousHash" text, hash text)`,
};

const rowOf = (event: StoredEvent): Record<string, unknown> => ({
  ...event,
  data: canonicalJson(event.data),
  metadata: canonicalJson(event.metadata as JsonObject),
  occurredAt: formatInstant(event.occurredAt),
  recordedAt: formatInstant(event.recordedAt),
  previousHash: event.previousHash.toString('hex'),
  hash: event.hash.toString('hex'),
});
