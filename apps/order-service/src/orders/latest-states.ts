import type { Instant } from '@orderlog/instant';
import { emptyOrder, evolve, type Order, type OrderEvent } from '@orderlog/order-domain';

/** An order with what its facts say of themselves: how many they are, and when they were. */
export interface OrderState {
  readonly order: Order;
  /** 0: there is no such order. */
  readonly version: number;
  /** When its first fact happened. */
  readonly placedAt: Instant;
  /** When its latest fact happened. */
  readonly updatedAt: Instant;
  /** When we learned of its latest fact. */
  readonly recordedAt: Instant;
}

export const noState: OrderState = { order: emptyOrder, version: 0, placedAt: 0, updatedAt: 0, recordedAt: 0 };

/** The state after one more fact. */
export const after = (
  state: OrderState,
  fact: OrderEvent,
  kept: { version: number; occurredAt: Instant; recordedAt: Instant },
): OrderState => ({
  order: evolve(state.order, fact),
  version: kept.version,
  placedAt: state.version === 0 ? kept.occurredAt : state.placedAt,
  updatedAt: kept.occurredAt,
  recordedAt: kept.recordedAt,
});

/**
 * The latest states that were seen, the ones used last. A cache: another process may know a newer one. Kept in two
 * generations: a Map that forgets its first entry again and again has to walk over all that it forgot, which was a
 * twelfth of what an order cost.
 */
export class LatestStates {
  #young = new Map<string, OrderState>();
  #old = new Map<string, OrderState>();
  readonly #generation: number;

  /** @param limit states at most; an odd one is rounded up */
  constructor(limit: number) {
    this.#generation = Math.ceil(limit / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(orderId: string): OrderState | undefined {
    const young = this.#young.get(orderId);
    if (young) return young;
    const old = this.#old.get(orderId);
    if (old) {
      this.#old.delete(orderId);
      this.#put(orderId, old);
    }
    return old;
  }

  /** Keeps the newer of what is known and what is given: answers may come in any order. */
  keep(orderId: string, state: OrderState): void {
    const known = this.get(orderId);
    if (known && known.version > state.version) return;
    this.#put(orderId, state);
  }

  forget(orderId: string): void {
    this.#young.delete(orderId);
    this.#old.delete(orderId);
  }

  #put(orderId: string, state: OrderState): void {
    if (this.#generation === 0) return;
    if (this.#young.size >= this.#generation && !this.#young.has(orderId)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(orderId, state);
  }
}
