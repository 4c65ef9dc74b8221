import type { EventStore } from '@orderlog/event-store';
import type { OrderState } from '@orderlog/order-contract';
import { describeError } from '@orderlog/service-kit';
import { log } from '../signals.js';
import type { SealedSnapshots } from './sealed-snapshots.js';
import type { SnapshotCounts } from './snapshot-counts.js';

/** Orders whose state waits to be kept; above it the next ones are not: they are folded again when they are read. */
const mostWaiting = 256;
const atATime = 2;

interface Waiting {
  state: OrderState;
  hash: Buffer;
}

/**
 * Keeps states beside everything else that is going on: nobody waits for it, one of an order at a time, and what fails is
 * said and left. Not keeping a snapshot costs a reader time and no answer.
 */
export class SnapshotWriter {
  readonly #waiting = new Map<string, Waiting>();
  readonly #underWay = new Map<string, Promise<void>>();
  #stopped = false;
  #failing = false;

  constructor(
    private readonly store: Pick<EventStore, 'saveSnapshot'>,
    private readonly sealed: SealedSnapshots,
    private readonly counts: SnapshotCounts,
  ) {}

  get waiting(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  /** Takes a state to be kept. Where one of this order waits already, the newer one stays. */
  keep(orderId: string, state: OrderState, hash: Buffer): void {
    if (this.#stopped) return;
    const earlier = this.#waiting.get(orderId);
    if (earlier ? earlier.state.version >= state.version : this.#waiting.size >= mostWaiting) return;
    this.#waiting.set(orderId, { state, hash });
    // Not in this turn: the answer that it came by goes out first.
    if (!earlier) setImmediate(() => this.#next());
  }

  /** Drops what waits, and ends what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await Promise.all(this.#underWay.values());
  }

  #next(): void {
    for (const [orderId, waiting] of this.#waiting) {
      if (this.#underWay.size >= atATime) return;
      if (this.#underWay.has(orderId)) continue;
      this.#waiting.delete(orderId);
      const work = this.#write(orderId, waiting).finally(() => {
        this.#underWay.delete(orderId);
        this.#next();
      });
      this.#underWay.set(orderId, work);
    }
  }

  async #write(orderId: string, { state, hash }: Waiting): Promise<void> {
    try {
      await this.store.saveSnapshot(this.sealed.seal(orderId, state, hash));
      this.counts.made.inc();
      this.#failing = false;
    } catch (error) {
      this.counts.failed.inc();
      if (!this.#failing) log('snapshots.failed', { orderId, version: state.version, reason: describeError(error) });
      this.#failing = true;
    }
  }
}
