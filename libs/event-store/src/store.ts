import type { Instant } from '@orderlog/instant';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

/** Who did it, why, and in answer to what. Part of what is hashed; absent and null are the same. */
export interface Metadata {
  actor?: string;
  reason?: string;
  correlationId?: string;
  causationId?: string;
  commandId?: string;
  /** Where an imported fact stood: file (or table) and lines. */
  origin?: { source: string; lines: string };
}

/** A fact before it is kept. */
export interface NewEvent {
  /** UUIDv7; made by the store where it is absent. */
  eventId?: string;
  type: string;
  schemaVersion: number;
  data: JsonObject;
  metadata: Metadata;
  occurredAt: Instant;
}

/** A fact that is kept. Keys of `data` and `metadata` whose value was null or undefined are not there when it is read. */
export interface StoredEvent extends Required<NewEvent> {
  /** 1, 2, 3 … over the whole store, without a hole, in the order of commit. */
  position: number;
  stream: string;
  /** 1, 2, 3 … within the stream. */
  version: number;
  /** When we learned it: strictly increasing with the position. */
  recordedAt: Instant;
  /** 32 bytes; of a stream's first fact, 32 zeros. */
  previousHash: Buffer;
  /** sha256(previousHash ‖ canonical bytes); canonical-bytes.ts says of what. */
  hash: Buffer;
}

/** A finished message that waits in the outbox, committed with its facts. The relay moves it without reading it. */
export interface OutboxMessage {
  topic: string;
  key: string;
  /** Computed from the stream's ID (murmur2), not from the key. */
  partition: number;
  /** The aggregate's ID: Debezium's `aggregateid`. */
  aggregateId: string;
  type: string;
  /** Confluent wire format; null is a tombstone. */
  payload: Buffer | null;
  headers: Record<string, string>;
  /** The Kafka record's timestamp. */
  timestamp: Instant;
  /** Of the fact that it carries, where it carries one. */
  position: number | null;
}

/** What the append must find: a version, no stream at all, some stream, or whatever there is. */
export type ExpectedVersion = number | 'none' | 'exists' | 'any';

/** A command that is remembered with its outcome, so that it is never done twice. */
export interface CommandRecord {
  /** e.g. `POST /orders/:id/payments`. */
  scope: string;
  key: string;
  /** HMAC of the canonical request: the same key with another request is refused. */
  requestHash: Buffer;
  /** The HTTP status of the first answer. */
  status: number;
}

/** What came of a command that was kept within the last seven days. */
export interface KnownCommand {
  stream: string;
  /** The stream's version after the command. */
  version: number;
  status: number;
  requestHash: Buffer;
}

export interface Append {
  stream: string;
  expectedVersion: ExpectedVersion;
  /** May be empty where there is a command: then only the command is kept, with the version as it stands. */
  events: NewEvent[];
  /**
   * Made once positions, times and hashes are known. Must be quick, free of I/O and of effects: where another writer came
   * between, it is called again with the facts as they are then. What it throws refuses this append alone.
   */
  messages?: (recorded: StoredEvent[]) => OutboxMessage[];
  command?: CommandRecord;
  /**
   * Asked where somebody was first, while the store's lock keeps all others out: with the facts behind `expectedVersion`
   * (a version, or `none`). What it answers is appended instead; undefined: it is a conflict. As quick as `messages`, and
   * may be asked again as that may, and to the same stream and of the same command: nobody has looked for others. For who
   * has lost a race before: an append that has it holds the lock for longer, and no other batch is under way beside it.
   */
  overtaken?: (newer: StoredEvent[]) => Append | undefined;
}

export interface Appended {
  outcome: 'appended';
  /** Of the stream, after it. */
  version: number;
  events: StoredEvent[];
}

export type AppendResult =
  | Appended
  /** Someone was here first; nothing of this append was written. `actualVersion` 0: there is no such stream. */
  | { outcome: 'conflict'; stream: string; expectedVersion: ExpectedVersion; actualVersion: number }
  /** The command's key is known already: this is what came of it then; nothing was written now. */
  | { outcome: 'known-command'; stream: string; version: number; status: number; sameRequest: boolean }
  /** This append alone was refused (its messages could not be made, a fact is malformed …); the others of its batch stand. */
  | { outcome: 'refused'; error: Error };

/** Of appends that are kept together or not at all; `index`: the first of them that could not be. */
export type TogetherResult =
  { outcome: 'appended'; appended: Appended[] } | (Exclude<AppendResult, Appended> & { index: number });

/** A stream's state at a version, folded before. A cache: losing it changes no answer. */
export interface Snapshot {
  stream: string;
  version: number;
  /** Names the form of the state: a snapshot of another shape is never found. */
  shape: string;
  /** JSON; it comes back as the text that was given. */
  state: string;
  /** Of the stream's fact at this version: where it has another there, the snapshot is not of its facts. */
  hash: Buffer;
  /** Whatever the writer wants to know its own snapshots by. */
  seal: Buffer;
}

/** A stream read from its latest snapshot on. */
export interface ReadFromSnapshot {
  /** Where the reading begins: the version of a snapshot, or 1. */
  start: number;
  /** Undefined where there is none, and where it was forgotten in this moment. */
  snapshot: Snapshot | undefined;
  /** From `start` on, that version included: by its hash the snapshot is known to be of these facts. */
  events: StoredEvent[];
}
