import type { ProjectionStatus } from './projection-status.js';

/** What it takes to show a figure: that much of service-kit's `Metrics`, which nothing here depends on. */
export interface Gauges {
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (gauge: {
      set(labels: Record<Label, string>, value: number): void;
      reset(): void;
    }) => number | void | Promise<number | void>,
  ): unknown;
}

/** One look serves all gauges of a scrape. */
const SCRAPE_MS = 500;

/** The projection's figures, read when they are asked for. */
export function measure(projection: { status(): Promise<ProjectionStatus> }, metrics: Gauges): void {
  let looked: { atMs: number; status: Promise<ProjectionStatus> } | undefined;
  const status = (): Promise<ProjectionStatus> => {
    if (!looked || performance.now() - looked.atMs > SCRAPE_MS) {
      looked = { atMs: performance.now(), status: projection.status() };
    }
    return looked.status;
  };
  metrics.gauge('projection_lag_messages', 'messages not read yet', ['topic', 'partition'], async (gauge) => {
    for (const { topic, partition, lag } of (await status()).partitions) {
      if (lag !== null) gauge.set({ topic, partition: String(partition) }, lag);
    }
  });
  metrics.gauge('projection_offset', 'where the next batch begins', ['topic', 'partition'], async (gauge) => {
    for (const { topic, partition, offset } of (await status()).partitions) {
      gauge.set({ topic, partition: String(partition) }, offset);
    }
  });
  metrics.gauge('projection_parked_orders', 'orders that wait behind a message that cannot be read', [], async () => {
    return (await status()).parked.orders;
  });
  metrics.gauge('projection_state', '1 for the state that it is in', ['state'], async (gauge) => {
    const { state } = await status();
    gauge.reset();
    gauge.set({ state }, 1);
  });
}
