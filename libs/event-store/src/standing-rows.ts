import { commandId, emptyStream, type StoreHead, type StreamHead } from './batch.js';
import type { KnownCommand } from './store.js';

/** How Postgres says how things stand: what begin_batch and lock_and_look say, and what we make of it. */
export interface HeadRow {
  head: string;
  /** Microseconds. */
  head_recorded_at: string | null;
}

export interface StreamHeadRow {
  stream: string;
  version: number;
  /** Hexadecimal; null where there is no such stream. */
  hash: string | null;
}

export interface KnownCommandRow {
  scope: string;
  key: string;
  stream: string;
  version: number;
  status: number;
  /** Hexadecimal. */
  requestHash: string;
}

export const headFrom = (row: HeadRow): StoreHead => ({
  position: Number(row.head),
  recordedAt: row.head_recorded_at === null ? null : Number(row.head_recorded_at),
});

export const streamHeadsFrom = (rows: StreamHeadRow[] | null): Map<string, StreamHead> =>
  new Map(
    rows?.map(({ stream, version, hash }) => [
      stream,
      hash === null ? emptyStream : { version, hash: Buffer.from(hash, 'hex') },
    ]),
  );

export const knownCommandsFrom = (rows: KnownCommandRow[] | null): Map<string, KnownCommand> =>
  new Map(
    rows?.map(({ scope, key, requestHash, ...outcome }) => [
      commandId({ scope, key }),
      { ...outcome, requestHash: Buffer.from(requestHash, 'hex') },
    ]),
  );
