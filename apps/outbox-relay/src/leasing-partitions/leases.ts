import type { Pool } from 'pg';
import { enterRelay } from './enter-relay.sql.js';
import { fairShare } from './fair-share.js';
import { HeldLease } from './held-lease.js';
import { knowPartitions } from './know-partitions.sql.js';
import { leaveRelay } from './leave-relay.sql.js';
import { releaseLease } from './release-lease.sql.js';
import { renewLeases } from './renew-leases.sql.js';
import { takeFreePartitions } from './take-free-partitions.sql.js';

export interface LeasesOptions {
  /** A name that no other process has had. */
  relay: string;
  leaseMs: number;
  /** How many partitions there are to lease, at least; more where rows wait for more. */
  partitions: number;
  onTaken: (lease: HeldLease) => void;
  /** Another relay has it; the lease's signal is aborted. */
  onLost: (lease: HeldLease) => void;
  /** Called after the lease's signal was aborted, before it is given back: resolves when nothing of it is under way. */
  settled: (lease: HeldLease) => Promise<void>;
  onReleased: (lease: HeldLease, because: string) => void;
  onAway: (error: Error) => void;
  onAnswered: () => void;
}

/**
 * Holds this relay's share of the partitions. A round, some five of which fit into a lease: renew what is held, say that we
 * live, see who else does, give back what is above the fair share, take what is free below it. So a relay that dies or is
 * paused is replaced within a lease and a round, and a new one gets its share within two rounds.
 */
export class Leases {
  private readonly held = new Map<number, HeldLease>();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopping = false;
  private knownPartitions = 0;
  private askPartitionsAt = 0;

  constructor(
    private readonly pool: Pool,
    private readonly options: LeasesOptions,
  ) {}

  get roundMs(): number {
    return Math.max(50, Math.floor(this.options.leaseMs / 5));
  }

  start(): void {
    const next = () => {
      this.round = this.tend().then(this.options.onAnswered, this.options.onAway);
      void this.round.then(() => {
        if (!this.stopping) this.timer = setTimeout(next, this.roundMs);
      });
    };
    next();
  }

  /** Gives everything back, so that others need not wait for the leases to run out. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.round;
    await Promise.allSettled([...this.held.values()].map((lease) => this.release(lease, 'the relay stops')));
    await leaveRelay(this.pool, this.options.relay).catch(this.options.onAway);
  }

  all(): HeldLease[] {
    return [...this.held.values()].sort((one, other) => one.partition - other.partition);
  }

  private async tend(): Promise<void> {
    const { relay, leaseMs } = this.options;
    await this.renew();
    const share = fairShare(await this.partitions(), await enterRelay(this.pool, relay, leaseMs), relay);
    const above = this.all().slice(share);
    await Promise.all(above.map((lease) => this.release(lease, 'another relay shall have its share')));
    if (this.held.size >= share || this.stopping) return;
    const asked = performance.now();
    for (const { partition, token } of await takeFreePartitions(this.pool, relay, share - this.held.size, leaseMs)) {
      const lease = new HeldLease(partition, token, asked + leaseMs);
      this.held.get(partition)?.end();
      this.held.set(partition, lease);
      this.options.onTaken(lease);
    }
  }

  /** Asked now and then: a topic with more partitions than ours is rare, and a row that nobody sends must not stay unseen. */
  private async partitions(): Promise<number> {
    if (performance.now() >= this.askPartitionsAt) {
      this.knownPartitions = await knowPartitions(this.pool, this.options.partitions);
      this.askPartitionsAt = performance.now() + 10_000;
    }
    return this.knownPartitions;
  }

  private async renew(): Promise<void> {
    const leases = this.all();
    if (leases.length === 0) return;
    const asked = performance.now();
    const renewed = await renewLeases(this.pool, this.options.relay, leases, this.options.leaseMs);
    for (const lease of leases) {
      if (renewed.includes(lease.partition)) lease.renewed(asked + this.options.leaseMs);
      else {
        this.held.delete(lease.partition);
        lease.end();
        this.options.onLost(lease);
      }
    }
  }

  private async release(lease: HeldLease, because: string): Promise<void> {
    lease.end();
    await this.options.settled(lease);
    this.held.delete(lease.partition);
    await releaseLease(this.pool, this.options.relay, lease);
    this.options.onReleased(lease, because);
  }
}
