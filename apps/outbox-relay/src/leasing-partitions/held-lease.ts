import type { TakenLease } from './take-free-partitions.sql.js';

/** A partition that this relay may send, for as long as `remainingMs` says; counted from before the lease was asked for. */
export class HeldLease implements TakenLease {
  private readonly ending = new AbortController();
  private validUntil: number;

  constructor(
    readonly partition: number,
    readonly token: number,
    validUntil: number,
  ) {
    this.validUntil = validUntil;
  }

  /** Aborted when the partition is another's, or is given back. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** By a clock that runs on while the process is paused. */
  get remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.validUntil - performance.now());
  }

  renewed(validUntil: number): void {
    this.validUntil = validUntil;
  }

  end(): void {
    this.ending.abort();
  }
}
