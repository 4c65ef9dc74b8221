import type { Instant } from '@orderlog/instant';
import type { Data } from './stored-fact.js';

/** Who did it, why, and in answer to what; absent and null are the same. */
export interface FactMetadata {
  actor?: string | null;
  reason?: string | null;
  correlationId?: string | null;
  causationId?: string | null;
  commandId?: string | null;
  origin?: { source: string; lines: string } | null;
}

/** A fact as the event store has kept it: structurally its StoredEvent. The stream's name is the order's ID. */
export interface RecordedFact {
  eventId: string;
  type: string;
  schemaVersion: number;
  data: Data;
  metadata: FactMetadata;
  occurredAt: Instant;
  recordedAt: Instant;
  position: number;
  stream: string;
  version: number;
  previousHash: Buffer;
  hash: Buffer;
}

/** A finished message: structurally the event store's OutboxMessage. */
export interface OutboxMessageLike {
  topic: string;
  key: string;
  partition: number;
  aggregateId: string;
  type: string;
  payload: Buffer | null;
  headers: Record<string, string>;
  timestamp: Instant;
  position: number | null;
}
