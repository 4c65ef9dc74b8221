import type { OrderState } from '@orderlog/order-contract';

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
