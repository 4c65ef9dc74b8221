import type { Instant } from '@orderlog/instant';
import { emptyOrder, evolve, stateShape, type Order } from '@orderlog/order-domain';
import { ContractError } from './contract-error.js';
import { fromStored, type StoredFact } from './stored-fact.js';

/** An order with what its facts say of themselves: how many they are, and when they were. Plain data. */
export interface OrderState {
  readonly order: Order;
  /** 0: there is no such order. */
  readonly version: number;
  /** When its first fact happened. */
  readonly placedAt: Instant;
  /** When its latest fact happened. */
  readonly updatedAt: Instant;
  /** When that fact happened that happened last; another than the latest where one was recorded late. */
  readonly latestOccurredAt: Instant;
  /** When we learned of its latest fact. */
  readonly recordedAt: Instant;
}

export const noState: OrderState = {
  order: emptyOrder,
  version: 0,
  placedAt: 0,
  updatedAt: 0,
  latestOccurredAt: 0,
  recordedAt: 0,
};

/** What of a stored fact is folded. */
export type FoldedFact = StoredFact & { version: number; occurredAt: Instant; recordedAt: Instant };

/**
 * The state after one more fact of the store.
 * @throws ContractError where the fact is of a type, or of a version, that this release does not know, or is damaged
 */
export function after(state: OrderState, kept: FoldedFact): OrderState {
  try {
    return atFact(state, evolve(state.order, fromStored(kept)), kept);
  } catch (error) {
    throw damageOf(kept, error);
  }
}

/** What the rules of an order make of a fact that does not say what its type has to (BigInt of a text: SyntaxError); any other error as it is. */
export function damageOf({ type, version }: Pick<FoldedFact, 'type' | 'version'>, error: unknown): unknown {
  if (![TypeError, RangeError, SyntaxError].some((kind) => error instanceof kind)) return error;
  return new ContractError(
    'damaged-fact',
    `Version ${version} does not say what a fact of the type ${type} has to say.`,
  );
}

export const afterAll = (state: OrderState, facts: readonly FoldedFact[]): OrderState => facts.reduce(after, state);

/** A state whose order is known to be what a fact has made of it: it was decided so. */
export const atFact = (
  before: OrderState,
  order: Order,
  kept: Pick<FoldedFact, 'version' | 'occurredAt' | 'recordedAt'>,
): OrderState => ({
  order,
  version: kept.version,
  placedAt: before.version === 0 ? kept.occurredAt : before.placedAt,
  updatedAt: kept.occurredAt,
  latestOccurredAt: before.version === 0 ? kept.occurredAt : Math.max(before.latestOccurredAt, kept.occurredAt),
  recordedAt: kept.recordedAt,
});

/**
 * Names the form of a kept state, and what folding means: a kept state of another name is not read. It changes with
 * `stateShape`; the number behind it with the form of OrderState here.
 */
export const keptStateShape = `${stateShape}.1`;

/** A state as it is kept. Exact: what is read back is what was folded. */
export const keptState = (state: OrderState): string => JSON.stringify(state);
export const fromKeptState = (text: string): OrderState => JSON.parse(text) as OrderState;
