import type { AssignedPartition, TopicPartition } from './received-batch.js';

export const partitionKey = ({ topic, partition }: TopicPartition): string => `${partition} of ${topic}`;

/** What the group gave us until its next rebalance. Once it has ended, nothing of it may be written or committed. */
export class Assignment {
  private readonly ending = new AbortController();
  private readonly running = new Set<Promise<void>>();
  /** Known once the group's offsets have been read. */
  assigned: AssignedPartition[] = [];

  constructor(readonly partitions: readonly TopicPartition[]) {}

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  get ended(): boolean {
    return this.ending.signal.aborted;
  }

  get busy(): boolean {
    return this.running.size > 0;
  }

  end(): void {
    this.ending.abort();
  }

  async run(work: () => Promise<void>): Promise<void> {
    const running = work();
    this.running.add(running);
    try {
      await running;
    } finally {
      this.running.delete(running);
    }
  }

  /** Resolves when no handler is at work any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.running);
  }
}
