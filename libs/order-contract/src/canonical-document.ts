import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { formatInstant, type Instant } from '@orderlog/instant';
import type { FactMetadata } from './recorded-fact.js';
import { withoutNulls, type Data } from './stored-fact.js';

/** What of a fact is hashed; a recorded fact has it, and a received one. */
export interface Hashed {
  orderId: string;
  version: number;
  eventId: string;
  type: string;
  schemaVersion: number;
  occurredAt: Instant;
  recordedAt: Instant;
  data: Data;
  metadata: FactMetadata;
}

/** The document whose RFC 8785 form is hashed: named fields, times as texts with six digits, nothing that is null. */
export const canonicalDocument = (fact: Hashed): Data => ({
  stream: fact.orderId,
  version: fact.version,
  eventId: fact.eventId,
  type: fact.type,
  schemaVersion: fact.schemaVersion,
  occurredAt: formatInstant(fact.occurredAt),
  recordedAt: formatInstant(fact.recordedAt),
  data: withoutNulls(fact.data) as Data,
  metadata: withoutNulls(fact.metadata) as Data,
});

/** RFC 8785, UTF-8. */
export const canonicalBytes = (document: Data): Buffer => Buffer.from(canonicalize(document)!);

/** The hash that an order's fact before its first would have. */
export const noHash = Buffer.alloc(32);

/** sha256(previous hash ‖ canonical bytes): each fact's hash stands for the whole history of its order before it. */
export const hashOf = (previousHash: Uint8Array, bytes: Uint8Array): Buffer =>
  createHash('sha256').update(previousHash).update(bytes).digest();
