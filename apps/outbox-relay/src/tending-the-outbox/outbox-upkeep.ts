import type { Pool } from 'pg';
import { dropDrainedChild, makeChildren } from './tend-children.sql.js';

const everyMs = 15_000;

/** Keeps the outbox from rotting: new children ahead of need, drained ones dropped. Every relay does it; the database takes turns. */
export class OutboxUpkeep {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly options: {
      keepDrainedMinutes: number;
      onDropped: (child: string) => void;
      onAway: (error: Error) => void;
    },
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.round = this.tend().catch(this.options.onAway);
    }, everyMs).unref();
    this.round = this.tend().catch(this.options.onAway);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
  }

  private async tend(): Promise<void> {
    await makeChildren(this.pool);
    const dropped = await dropDrainedChild(this.pool, this.options.keepDrainedMinutes);
    if (dropped !== null) this.options.onDropped(dropped);
  }
}
