import { noHash, type JsonObject, type StoredEvent } from '@orderlog/event-store';
import { otherForm, shortened } from './other-form.js';

/** A row of orders.events, as text. Nothing of it is sure: constraints can be dropped. */
export type FactRow = Record<
  | 'position'
  | 'order'
  | 'version'
  | 'eventId'
  | 'type'
  | 'schemaVersion'
  | 'data'
  | 'metadata'
  | 'occurredAt'
  | 'recordedAt',
  string | null
> &
  Record<'previousHash' | 'hash', Buffer | null>;

/** A fact as it stands in the store; `odd`: what of it no fact can have, and it is not read any further. */
export type FactAsKept = { position: number | null; order: string | null; version: number | null; hash: Buffer } & (
  { event: StoredEvent; odd?: undefined } | { event?: undefined; odd: string }
);

/** Reads a row; pure, and never throws. */
export function factAsKept(row: FactRow): FactAsKept {
  const { order, previousHash, hash } = row;
  const named = {
    position: wholeNumber(row.position),
    order,
    version: wholeNumber(row.version),
    hash: hash?.length === noHash.length ? hash : noHash,
  };
  try {
    return {
      ...named,
      event: {
        position: number(row, 'position', 1),
        stream: text(row, 'order'),
        version: number(row, 'version', 1),
        eventId: text(row, 'eventId'),
        type: text(row, 'type'),
        schemaVersion: number(row, 'schemaVersion', 1),
        data: json(row, 'data'),
        metadata: json(row, 'metadata'),
        occurredAt: number(row, 'occurredAt'),
        recordedAt: number(row, 'recordedAt'),
        previousHash: sha256(previousHash, 'previousHash'),
        hash: sha256(hash, 'hash'),
      },
    };
  } catch (error) {
    if (error instanceof Odd || error instanceof SyntaxError) return { ...named, odd: error.message };
    throw error;
  }
}

class Odd extends Error {
  override readonly name = 'Odd';
}

const columnOf: Partial<Record<keyof FactRow, string>> = {
  order: 'stream_id',
  eventId: 'event_id',
  schemaVersion: 'schema_version',
  occurredAt: 'occurred_at',
  recordedAt: 'recorded_at',
  previousHash: 'previous_hash',
};
const called = (name: keyof FactRow): string => columnOf[name] ?? name;

const wholeNumber = (text: string | null): number | null => {
  const value = text === null ? NaN : Number(text);
  return Number.isSafeInteger(value) ? value : null;
};

function text(row: FactRow, name: 'order' | 'eventId' | 'type'): string {
  const value = row[name];
  if (value === null) throw new Odd(`its ${called(name)} is null: it was changed`);
  return value;
}

function number(
  row: FactRow,
  name: 'position' | 'version' | 'schemaVersion' | 'occurredAt' | 'recordedAt',
  least = -Infinity,
): number {
  const value = wholeNumber(row[name]);
  if (value !== null && value >= least) return value;
  const said = row[name];
  if (said === null) throw new Odd(`its ${called(name)} is null: it was changed`);
  if (/infinity/i.test(said))
    throw new Odd(`its ${called(name)} is ${said.toLowerCase()}, which is no time: it was changed`);
  throw new Odd(
    least === 1
      ? `its ${called(name)} is ${said}, which no fact has: it was changed`
      : `its ${called(name)} lies outside of the years 1684 to 2255: it was changed`,
  );
}

function json(row: FactRow, name: 'data' | 'metadata'): JsonObject {
  const said = row[name];
  if (said === null) throw new Odd(`its ${name} is null: it was changed`);
  const odd = otherForm(said);
  if (odd !== undefined) throw new Odd(`of its ${name}, ${odd}: it was changed`);
  const value: unknown = JSON.parse(said);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Odd(`its ${name} is no object but ${shortened(said)}: it was changed`);
}

function sha256(hash: Buffer | null, name: 'previousHash' | 'hash'): Buffer {
  if (hash?.length === noHash.length) return hash;
  throw new Odd(`its ${called(name)} has ${hash?.length ?? 0} bytes instead of 32: it was changed`);
}
