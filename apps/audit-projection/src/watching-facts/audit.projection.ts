import { createHash } from 'node:crypto';
import type { Instant } from '@orderlog/instant';
import {
  canonicalBytes,
  canonicalDocument,
  hashOf,
  metadataOf,
  type OrderAttemptMessage,
  type ReceivedOrderEvent,
} from '@orderlog/order-contract';
import { contradict, type OrderEvent } from '@orderlog/order-domain';
import { defineProjection, type Definition, type Row, type Source, type Table, type Value } from '@orderlog/projection';
import { concludeFindings } from './conclude-findings.js';

/** What the audit watches. */
export type Watched =
  | { kind: 'fact'; event: ReceivedOrderEvent; position: number | null; digest: string }
  | { kind: 'attempt'; attempt: OrderAttemptMessage }
  | {
      kind: 'tombstone';
      orderId: string;
      version: number;
      topic: string;
      partition: number;
      offset: number;
      sentAt: Instant;
    };

/** Which event a row comes from; the digest is part of it, so that another content of a fact does not replace the first. */
const identity = { order_id: 'text', version: 'integer', digest: 'text' } as const;

/** How many positions stand in a block: one that is whole needs no second look (integrity.sql.ts). */
const BLOCK = 1_000;

const tables = {
  facts: {
    columns: {
      ...identity,
      event_id: 'text',
      type: 'text',
      schema_version: 'integer',
      position: 'bigint',
      block: 'integer',
      place: 'integer',
      place_squared: 'integer',
      occurred_at: 'timestamptz',
      recorded_at: 'timestamptz',
      actor: 'text',
      reason: 'text',
      correlation_id: 'text',
      causation_id: 'text',
      command_id: 'text',
      origin: 'json',
      data: 'json',
      previous_hash: 'bytea',
      hash: 'bytea',
      hash_holds: 'boolean',
      currency: 'text',
      total: 'bigint',
      captured: 'bigint',
      refunded: 'bigint',
      claims: 'integer',
    },
    totals: { table: 'position_blocks', by: ['block'], sums: ['place', 'place_squared'] },
  },
  attempts: {
    columns: {
      ...identity,
      command_id: 'text',
      command: 'text',
      refusal: 'text',
      attempted_at: 'timestamptz',
      actor: 'text',
      reason: 'text',
      correlation_id: 'text',
      currency: 'text',
      amount: 'bigint',
      allowed: 'bigint',
      existing_total: 'bigint',
      same_content: 'boolean',
      details: 'json',
    },
  },
  tombstones: {
    columns: { ...identity, topic: 'text', partition: 'integer', message_offset: 'bigint', sent_at: 'timestamptz' },
  },
} as const satisfies Record<string, Table>;

/** The audit: every fact and refused attempt as it came, and what they say together. */
export const audit = (name: string, sources: readonly Source<Watched>[]): Definition<Watched> =>
  defineProjection({
    name,
    schema: 'audit',
    sources,
    tables,
    identity: { columns: ['order_id', 'version', 'digest'], of: identityOf },
    rows: watchedRows,
    conclude: (tx, { generation, events }) =>
      concludeFindings(
        tx,
        generation,
        events.map((event) => identityOf(event)[0]),
      ),
  });

function identityOf(watched: Watched): [orderId: string, version: number, digest: string] {
  switch (watched.kind) {
    case 'fact':
      return [watched.event.orderId, watched.event.version, watched.digest];
    case 'attempt':
      return [watched.attempt.orderId, watched.attempt.orderVersion, `attempt:${watched.attempt.attemptId}`];
    case 'tombstone':
      return [watched.orderId, watched.version, `tombstone:${watched.partition}/${watched.offset}`];
  }
}

/** What a fact's content hashes to: computed from what the message says, never taken from what it claims. */
export function digestOf(event: ReceivedOrderEvent, bytes: Buffer): string {
  const { data } = event;
  if (data === null) return createHash('sha256').update(bytes).digest('hex');
  const document = canonicalDocument({ ...event, data, metadata: metadataOf(event) });
  return hashOf(event.previousHash, canonicalBytes(document)).toString('hex');
}

export function watchedRows(watched: Watched): Row[] {
  const [order_id, version, digest] = identityOf(watched);
  const own = { order_id, version, digest };
  switch (watched.kind) {
    case 'fact':
      return [{ into: 'facts', values: { ...own, ...factColumns(watched) } }];
    case 'attempt':
      return [{ into: 'attempts', values: { ...own, ...attemptColumns(watched.attempt) } }];
    case 'tombstone': {
      const { topic, partition, offset, sentAt } = watched;
      return [{ into: 'tombstones', values: { ...own, topic, partition, message_offset: offset, sent_at: sentAt } }];
    }
  }
}

function factColumns({ event, position, digest }: Extract<Watched, { kind: 'fact' }>): Record<string, Value> {
  const place = position === null ? 0 : ((position - 1) % BLOCK) + 1;
  return {
    event_id: event.eventId,
    type: event.type,
    schema_version: event.schemaVersion,
    position,
    block: position === null ? -1 : Math.floor((position - 1) / BLOCK),
    place,
    place_squared: place * place,
    occurred_at: event.occurredAt,
    recorded_at: event.recordedAt,
    actor: event.actor,
    reason: event.reason,
    correlation_id: event.correlationId,
    causation_id: event.causationId,
    command_id: event.commandId,
    origin: event.origin && JSON.stringify(event.origin),
    data: event.data && JSON.stringify(event.data),
    previous_hash: event.previousHash,
    hash: event.hash,
    hash_holds: event.data === null ? null : event.hash.toString('hex') === digest,
    ...moneyOf(event.fact),
  };
}

/** What a fact says of an order's money: its total from here on, what it adds to what was captured and refunded. */
interface Money extends Record<string, Value> {
  currency: string | null;
  total: number | null;
  captured: number | null;
  refunded: number | null;
  /** Of an imported table: how many say different things, what was known being one; null where none do. */
  claims: number | null;
}

export function moneyOf(fact: OrderEvent | null): Money {
  const none: Money = { currency: null, total: null, captured: null, refunded: null, claims: null };
  if (fact === null) return none;
  switch (fact.type) {
    case 'OrderPlaced':
    case 'OrderUpdated':
    case 'DiscountApplied':
      return { ...none, currency: fact.currency, total: fact.total };
    case 'PaymentCaptured':
      return { ...none, currency: fact.currency, captured: fact.amount };
    case 'RefundInitiated':
      return { ...none, currency: fact.currency, refunded: fact.amount };
    case 'OrderHoldResolved':
      return { ...none, total: fact.total };
    case 'OrderImported': {
      const { currency, total, captured, refunded, claims } = fact;
      return { currency, total, captured, refunded, claims: contradict(claims) ? claims.length : null };
    }
    case 'OrderImportedAgain':
      return { ...none, claims: fact.contradicts ? fact.claims.length + 1 : null };
    case 'RefundCompleted': // said when it was initiated
    case 'OrderCancelled':
    case 'ReturnRecorded': // names no sale of ours
    case 'AdjustmentRecorded':
    case 'CustomerForgotten':
      return none;
  }
}

const attemptColumns = (attempt: OrderAttemptMessage): Record<string, Value> => ({
  command_id: attempt.commandId,
  command: attempt.command,
  refusal: attempt.refusal,
  attempted_at: attempt.attemptedAt,
  actor: attempt.actor,
  reason: attempt.reason,
  correlation_id: attempt.correlationId,
  currency: attempt.currency,
  amount: attempt.amount,
  allowed: attempt.allowed,
  existing_total: attempt.existingTotal,
  same_content: attempt.sameContent,
  details: attempt.details,
});
