import type { EventStore, Snapshot, StoredEvent } from '@orderlog/event-store';
import { afterAll, noState, type OrderState } from '@orderlog/order-contract';
import { describeError } from '@orderlog/service-kit';
import { log } from '../signals.js';
import type { SealedSnapshots } from './sealed-snapshots.js';
import type { SnapshotCounts } from './snapshot-counts.js';
import type { SnapshotWriter } from './snapshot-writer.js';

/** Snapshots of other shapes are thrown away so many at a time. */
const pieceSize = 200;

interface Folded {
  state: OrderState;
  /** No version before it was missing. */
  whole: boolean;
}

/**
 * The states of orders, folded from their latest snapshot and the facts after it. With every snapshot gone, each answer is
 * the same and takes longer; one that is not true to its facts is not used, thrown away, and said.
 */
export class FoldedStates {
  #stopped = false;
  #clearing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Pick<EventStore, 'read' | 'readFromSnapshot' | 'forgetSnapshot' | 'forgetSnapshots'>,
    private readonly sealed: SealedSnapshots,
    private readonly writer: SnapshotWriter,
    private readonly counts: SnapshotCounts,
    /** A snapshot every so many facts of an order; 0: none are made, and none are read. */
    private readonly every: number,
  ) {}

  /** Begins to throw away what is of other shapes; nobody waits for it. */
  start(): void {
    this.#clearing = this.#forgetOtherShapes().catch((error: unknown) =>
      log('snapshots.not-cleared', { reason: describeError(error) }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#clearing, this.writer.stop()]);
  }

  /** The latest state, from one that is known to be earlier. Version 0: there is no such order. */
  async latest(orderId: string, known: OrderState): Promise<OrderState> {
    if (known.version === 0) return (await this.#load(orderId)).state;
    const newer = await this.store.read(orderId, { fromVersion: known.version + 1 });
    return this.#folded(orderId, known, newer).state;
  }

  /** As it was right after this fact. @returns undefined where it has no such version */
  async atVersion(orderId: string, version: number): Promise<OrderState | undefined> {
    const { state, whole } = await this.#load(orderId, version);
    return whole && state.version === version ? state : undefined;
  }

  /** An append has made an order this state: one that has passed a multiple of `every` is kept. */
  appended(orderId: string, versionBefore: number, state: OrderState, hash: Buffer): void {
    if (this.every === 0) return;
    const passed = Math.floor(state.version / this.every) > Math.floor(versionBefore / this.every);
    if (passed) this.writer.keep(orderId, state, hash);
  }

  async #load(orderId: string, toVersion?: number): Promise<Folded> {
    if (this.every === 0) return this.#whole(orderId, toVersion);
    const { start, snapshot, events } = await this.store.readFromSnapshot(orderId, this.sealed.shape, toVersion);
    if (start === 1 && !snapshot) return this.#folded(orderId, noState, events);
    const state = snapshot && this.sealed.open(snapshot, events[0]);
    if (!state) return this.#whole(orderId, toVersion); // forgotten in this moment
    if ('untrue' in state) {
      this.#throwAway(snapshot, state.untrue);
      return this.#whole(orderId, toVersion);
    }
    this.counts.used.inc();
    return this.#folded(orderId, state, events.slice(1));
  }

  async #whole(orderId: string, toVersion?: number): Promise<Folded> {
    const events = await this.store.read(orderId, toVersion === undefined ? {} : { toVersion });
    return this.#folded(orderId, noState, events);
  }

  /** Whoever had to fold many facts keeps what came of it, so that the next one has not. */
  #folded(orderId: string, from: OrderState, events: StoredEvent[]): Folded {
    const last = events.at(-1);
    if (!last) return { state: from, whole: true };
    const state = afterAll(from, events);
    const whole = state.version === from.version + events.length;
    if (this.every > 0 && events.length > this.every && whole) this.writer.keep(orderId, state, last.hash);
    return { state, whole };
  }

  #throwAway(snapshot: Snapshot, reason: string): void {
    this.counts.untrue.inc();
    const { stream: orderId, version } = snapshot;
    log('snapshots.untrue', { orderId, version, reason });
    this.store.forgetSnapshot(snapshot).catch((error: unknown) => {
      log('snapshots.not-cleared', { reason: describeError(error) });
    });
  }

  async #forgetOtherShapes(): Promise<void> {
    if (this.every === 0) return;
    while (!this.#stopped) {
      const forgotten = await this.store.forgetSnapshots({ limit: pieceSize, exceptShape: this.sealed.shape });
      if (forgotten < pieceSize) return;
    }
  }
}
