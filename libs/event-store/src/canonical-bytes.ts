import { hash } from 'node:crypto';
import { formatInstant, type Instant } from '@orderlog/instant';
import { canonicalJson } from './canonical-json.js';
import type { StoredEvent } from './store.js';

/** What is hashed of a fact; `data` and `metadata` as canonical JSON already. */
export interface Hashable {
  stream: string;
  version: number;
  eventId: string;
  type: string;
  schemaVersion: number;
  occurredAt: Instant;
  recordedAt: Instant;
  data: string;
  metadata: string;
}

/** The canonical document: RFC 8785 over exactly these nine names, times as texts with six digits. */
export const canonicalDocument = (fact: Hashable): string =>
  `{"data":${fact.data},"eventId":"${fact.eventId}","metadata":${fact.metadata}` +
  `,"occurredAt":"${formatInstant(fact.occurredAt)}","recordedAt":"${formatInstant(fact.recordedAt)}"` +
  `,"schemaVersion":${fact.schemaVersion},"stream":${canonicalJson(fact.stream)},"type":${canonicalJson(fact.type)}` +
  `,"version":${fact.version}}`;

/** What the first fact of a stream follows. */
export const noHash = Buffer.alloc(32);

let scratch = Buffer.allocUnsafe(64 * 1024);

/** sha256(previousHash ‖ canonical document in UTF-8). */
export function chainHash(previousHash: Buffer, document: string): Buffer {
  if (scratch.length < 32 + 3 * document.length) scratch = Buffer.allocUnsafe(32 + 3 * document.length);
  previousHash.copy(scratch);
  const hashed = scratch.subarray(0, 32 + scratch.write(document, 32, 'utf8'));
  return Buffer.from(hash('sha256', hashed, 'binary'), 'latin1'); // by way of a text: a Buffer from Node's pool, not one of its own
}

/** The hash that a kept fact should have: computed again from what it says. */
export const hashOf = (fact: Omit<StoredEvent, 'hash' | 'position'>): Buffer =>
  chainHash(
    fact.previousHash,
    canonicalDocument({
      ...fact,
      data: canonicalJson(fact.data),
      metadata: canonicalJson({ ...fact.metadata }),
    }),
  );
