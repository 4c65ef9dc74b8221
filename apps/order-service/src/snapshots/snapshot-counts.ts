import type { Metrics } from '@orderlog/service-kit';

/** How snapshots fare, since the start of this process. */
export class SnapshotCounts {
  readonly made;
  readonly failed;
  readonly used;
  readonly untrue;

  constructor(metrics: Metrics) {
    this.made = metrics.counter('orders_snapshots_made_total', 'states that were kept');
    this.failed = metrics.counter('orders_snapshots_failed_total', 'states that could not be kept');
    this.used = metrics.counter('orders_snapshots_used_total', 'states that were folded from a kept one on');
    this.untrue = metrics.counter('orders_snapshots_untrue_total', 'kept states that were not believed');
  }
}
