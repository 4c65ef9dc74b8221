import type { Pool } from 'pg';
import { findWaitingPartitions } from './find-waiting-partitions.sql.js';
import type { PartitionSender } from './partition-sender.js';
import type { SettledSeqs } from './settled-seqs.js';

const quickMs = 20;
/** Between two looks while Postgres does not answer. */
const awayMs = 500;

/**
 * One look for all partitions that have nothing to send, instead of a look each. Soon after there was work it looks often;
 * the longer there is none, the rarer. No NOTIFY: it would serialise the writers' commits.
 */
export class IdlePoll {
  private readonly waiting = new Map<PartitionSender, () => void>();
  private pauseMs = quickMs;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly settled: SettledSeqs,
    private readonly options: { longestMs: number; onAway: (error: Error) => void; onAnswered: () => void },
  ) {}

  /** Resolves when the partition may have rows, or its lease has ended. */
  async nextRows(sender: PartitionSender): Promise<void> {
    const { signal } = sender.lease;
    if (signal.aborted) return;
    const woken = Promise.withResolvers<void>();
    const wake = () => woken.resolve();
    this.waiting.set(sender, wake);
    signal.addEventListener('abort', wake, { once: true });
    this.schedule();
    await woken.promise;
    this.waiting.delete(sender);
    signal.removeEventListener('abort', wake);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.looking;
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.looking = this.look()
        .then(this.options.onAnswered, (error: Error) => {
          this.pauseMs = awayMs;
          this.options.onAway(error);
        })
        .finally(() => {
          this.timer = undefined;
          if (this.waiting.size > 0) this.schedule();
        });
    }, this.pauseMs);
  }

  private async look(): Promise<void> {
    const idle = [...this.waiting.keys()];
    const settled = this.settled.settled();
    const marks = idle.map((sender) => ({ partition: sender.lease.partition, mark: sender.lookFrom() }));
    this.pauseMs = Math.min(this.pauseMs * 1.5, this.options.longestMs);
    const found = new Set(await findWaitingPartitions(this.pool, marks));
    for (const sender of idle) {
      if (!found.has(sender.lease.partition)) sender.foundNothing(settled);
      else this.waiting.get(sender)?.();
    }
    if (found.size > 0) this.pauseMs = quickMs;
  }
}
