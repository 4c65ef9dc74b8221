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

/** The latest states that were seen, the ones used last. A cache: another process may know a newer one. */
export class LatestStates {
  readonly #states = new Map<string, OrderState>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#states.size;
  }

  get(orderId: string): OrderState | undefined {
    const state = this.#states.get(orderId);
    if (state) {
      this.#states.delete(orderId);
      this.#states.set(orderId, state);
    }
    return state;
  }

  /** Keeps the newer of what is known and what is given: answers may come in any order. */
  keep(orderId: string, state: OrderState): void {
    const known = this.#states.get(orderId);
    if (known) {
      if (known.version > state.version) return;
      this.#states.delete(orderId);
    }
    this.#states.set(orderId, state);
    if (this.#states.size > this.limit) this.#states.delete(this.#states.keys().next().value as string);
  }

  forget(orderId: string): void {
    this.#states.delete(orderId);
  }
}
