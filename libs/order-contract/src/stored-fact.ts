import { UNKNOWN_CHANNEL, type OrderEvent, type OrderEventType } from '@orderlog/order-domain';
import { ContractError } from './contract-error.js';

/** A fact as the store has it: its type and the version of its shape beside it, and no key whose value is null. */
export interface StoredFact {
  type: string;
  schemaVersion: number;
  data: Data;
}
export type Data = { [key: string]: Json | undefined };
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

/** Reads the data of one version as the next one has it. Pure, and never refuses: the old fact has happened. */
type Upcaster = (data: Data) => Data;

/** For each type the steps from version 1 on; the current version is one more than there are steps. */
const upcasters: Record<OrderEventType, readonly Upcaster[]> = {
  OrderPlaced: [(placed) => ({ ...placed, channel: UNKNOWN_CHANNEL })], // 2: where the order came from
  OrderUpdated: [],
  DiscountApplied: [],
  PaymentCaptured: [],
  RefundInitiated: [],
  RefundCompleted: [],
  OrderCancelled: [],
  OrderHoldResolved: [],
  ReturnRecorded: [],
  AdjustmentRecorded: [],
  CustomerForgotten: [],
  OrderImported: [(imported) => ({ ...imported, evidence: [], evidenceLeftOut: 0, gaps: [], gapsLeftOut: 0 })], // 2: evidence
  OrderImportedAgain: [],
};

/** What the domain calls null is absent in the store. */
const nullable: Partial<Record<OrderEventType, Data>> = {
  OrderPlaced: { customerId: null },
  OrderHoldResolved: { total: null },
  ReturnRecorded: { customerId: null },
  AdjustmentRecorded: { customerId: null },
  OrderImported: { customerId: null },
  CustomerForgotten: { customerId: null },
};

export const orderEventTypes = Object.keys(upcasters) as OrderEventType[];

export const isOrderEventType = (type: string): type is OrderEventType => Object.hasOwn(upcasters, type);

export const currentSchemaVersion = (type: OrderEventType): number => upcasters[type].length + 1;

/** @returns why a stored fact of this type and version cannot be read, or undefined where it can. */
export function unreadable(type: string, schemaVersion: number): ContractError | undefined {
  if (!isOrderEventType(type)) return new ContractError('unknown-event-type', `No fact is called ${type}.`);
  const current = currentSchemaVersion(type);
  if (schemaVersion > current) {
    return new ContractError(
      'future-schema-version',
      `${type} is stored in version ${schemaVersion}, and this release reads it up to ${current}: it is older than the one that wrote it.`,
    );
  }
  return Number.isInteger(schemaVersion) && schemaVersion >= 1
    ? undefined
    : new ContractError('malformed-fact', `${schemaVersion} is no schema version of ${type}.`);
}

/**
 * Of the shapes that a store holds, those without a way to today's, each with what to say of it. Empty: every fact can be
 * read.
 */
export function unreadableShapes<S extends { type: string; schemaVersion: number; firstPosition: number }>(
  shapes: readonly S[],
): (S & { says: string })[] {
  return shapes.flatMap((shape) => {
    const { type, schemaVersion, firstPosition } = shape;
    const problem = unreadable(type, schemaVersion);
    if (!problem) return [];
    const known = !isOrderEventType(type)
      ? 'the type is not known'
      : schemaVersion < 1
        ? 'versions count from 1: no release has written this'
        : `it is read up to ${currentSchemaVersion(type)}`;
    return [{ ...shape, says: `${type} in version ${schemaVersion}, first at position ${firstPosition} (${known})` }];
  });
}

/** A fact as the store keeps it, in the current version of its shape. */
export function toStored(fact: OrderEvent): StoredFact {
  const { type, ...data } = fact;
  return { type, schemaVersion: currentSchemaVersion(type), data: withoutNulls(data) as Data };
}

/**
 * A stored fact, of whatever version, as the domain knows it today.
 * @throws ContractError of a type that we do not know, or a version from the future
 */
export function fromStored({ type, schemaVersion, data }: StoredFact): OrderEvent {
  const problem = unreadable(type, schemaVersion);
  if (problem) throw problem;
  const known = type as OrderEventType;
  const current = upcasters[known].slice(schemaVersion - 1).reduce((older, upcast) => upcast(older), data);
  return { type, ...nullable[known], ...current } as unknown as OrderEvent;
}

/** A plain copy without the keys whose value is null or undefined, at every depth; empty objects stay. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[key];
    if (inner === null || inner === undefined) continue;
    copy[key] = typeof inner === 'object' ? withoutNulls(inner) : inner;
  }
  return copy;
}
