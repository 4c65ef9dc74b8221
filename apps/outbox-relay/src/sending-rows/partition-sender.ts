import { ProducerFenced, RecordsRefused, SendFailed, type Fence, type FencedProducer } from '@orderlog/kafka';
import type { Pool } from 'pg';
import type { HeldLease } from '../leasing-partitions/held-lease.js';
import { isOfPostgres } from '../leasing-partitions/is-of-postgres.js';
import { holdsLease } from '../leasing-partitions/holds-lease.sql.js';
import { forgetSentRows } from './forget-sent-rows.sql.js';
import { readWaitingRows, type WaitingRow } from './read-waiting-rows.sql.js';
import { requestsOf, type Request } from './requests.js';
import type { SettledSeqs } from './settled-seqs.js';

/** The row at which a partition waits, because Kafka refuses it for what it is. */
export interface Blocked {
  row: WaitingRow;
  reason: string;
  sinceMs: number;
}

export interface SenderReport {
  sent(lease: HeldLease, request: Request): void;
  fenced(lease: HeldLease): void;
  kafkaAway(lease: HeldLease, error: Error): void;
  kafkaAnswered(lease: HeldLease): void;
  postgresAway(error: Error): void;
  postgresAnswered(): void;
  lateRow(lease: HeldLease, row: WaitingRow): void;
  unexpected(lease: HeldLease, error: Error, retryInMs: number): void;
  blocked(lease: HeldLease, blocked: Blocked, retryInMs: number): void;
  unblocked(lease: HeldLease, blocked: Blocked): void;
}

export interface SenderOptions {
  pool: Pool;
  producer: FencedProducer;
  /** The identity whose epoch fences this partition. */
  identity: string;
  settled: SettledSeqs;
  requestBytes: number;
  sendDeadlineMs: number;
  /** So often all is read from the beginning: somebody without a transaction_timeout may have written, or restored the store. */
  sweepEveryMs: number;
  report: SenderReport;
  /** Resolves when rows may be waiting again, or the lease has ended. */
  nextRows: (sender: PartitionSender) => Promise<void>;
}

class LeaseNotHeld extends Error {}

/** A page is read at once and sent in several requests; its bytes bound what six partitions hold in memory. */
const page = { rowLimit: 2_000, byteLimit: 2 * 1024 * 1024 };
/** After so few rows it waits for more: a read, a request and a deletion each for a handful of rows cost more than they carry. */
const smallPage = 64;
const lingerMs = 40;
const firstRetryMs = 100;
const longestRetryMs = 5_000;
const longestBlockedRetryMs = 30_000;

/**
 * Sends one partition's rows for as long as its lease is held.
 *
 * Rows are sent in the order of seq, one request at a time, and forgotten in that order once Kafka has them: while one
 * request is forgotten the next may be under way, but never is a later one forgotten where an earlier one was not. After
 * any failure whatever, a new epoch is taken and all is sent again from the first row that is still there. So what stands
 * twice in Kafka stands there as whole tails, and the last copy of each key is in order.
 */
export class PartitionSender {
  /** Rows up to this seq are gone, and none can appear there any more. */
  mark = 0;
  blocked: Blocked | undefined;
  failing: Error | undefined;
  readonly done: Promise<void>;
  private fence: Fence | undefined;
  private failures = 0;
  /** Up to this seq rows go one by one, to find the one that Kafka refuses. */
  private oneByOneUpTo = 0;
  private highestMark = 0;
  private sweptAt = performance.now();

  constructor(
    readonly lease: HeldLease,
    private readonly options: SenderOptions,
  ) {
    this.done = this.run();
  }

  /** The low-water mark; now and then 0, so that nothing can stay behind the mark for ever. */
  lookFrom(): number {
    if (performance.now() - this.sweptAt > this.options.sweepEveryMs) {
      this.mark = 0;
      this.sweptAt = performance.now();
    }
    return this.mark;
  }

  /** A look from the mark on found nothing up to there; `settled` was asked before the look. */
  foundNothing(settled: number): void {
    this.mark = Math.max(this.mark, settled);
    this.highestMark = Math.max(this.highestMark, this.mark);
  }

  private async run(): Promise<void> {
    while (!this.lease.signal.aborted) {
      try {
        const rows = await this.sendPage();
        if (rows === 0) await this.options.nextRows(this);
        else if (rows < smallPage) await this.pause(lingerMs);
      } catch (error) {
        this.fence = undefined;
        await this.pause(this.explain(error as Error));
      }
    }
  }

  /** @returns how many rows there were */
  private async sendPage(): Promise<number> {
    const { pool, settled, report, requestBytes } = this.options;
    this.fence ??= await this.takeFence();
    const settledBefore = settled.settled();
    const rows = await readWaitingRows(pool, this.lease.partition, this.lookFrom(), page);
    report.postgresAnswered();
    if (!rows[0] || rows[0].seq > settledBefore) this.foundNothing(settledBefore);
    if (this.blocked && !rows.some(({ seq }) => seq === this.blocked?.row.seq)) this.unblock(); // a person has taken it away
    const last = rows.at(-1);
    if (!last) {
      this.allIsWell();
      return 0;
    }
    if (rows[0] && rows[0].seq <= this.highestMark) {
      report.lateRow(this.lease, rows[0]);
      settled.forget();
      this.highestMark = 0;
    }
    settled.saw(last.seq);

    let forgetting: Promise<void> = Promise.resolve();
    let failed = false;
    try {
      for (const request of this.requests(rows, requestBytes)) {
        if (failed || !(await this.mayStillSend())) break;
        await this.send(request);
        forgetting = forgetting.then(() => this.forget(request));
        forgetting.catch(() => {
          failed = true;
        });
      }
    } catch (error) {
      await forgetting.catch(() => undefined); // what is acknowledged is forgotten all the same
      throw error;
    }
    await forgetting;
    return rows.length;
  }

  /**
   * A new epoch, then a look whether the lease still stands, and only then are rows read: in this order. A process that was
   * paused before it asked for the epoch would else shut its successor out, and send again what that had long sent and
   * forgotten. Whoever takes the partition after the look takes its epoch after ours, and sends all that we might send.
   */
  private async takeFence(): Promise<Fence> {
    const { pool, producer, identity } = this.options;
    const fence = await producer.lease(identity);
    if (!(await holdsLease(pool, this.lease))) throw new LeaseNotHeld();
    return fence;
  }

  /** As large as they may be; while one is sought that Kafka refuses, each row is a request of its own. */
  private requests(rows: readonly WaitingRow[], requestBytes: number): Request[] {
    return requestsOf(rows, requestBytes).flatMap((request) =>
      (request.rows[0]?.seq ?? 0) <= this.oneByOneUpTo
        ? request.rows.flatMap((row) => requestsOf([row], 0))
        : [request],
    );
  }

  private async send(request: Request): Promise<void> {
    const { report } = this.options;
    if (!this.fence) throw new Error('rows are sent under an epoch');
    try {
      await this.fence.send(
        this.lease.partition,
        request.rows.map(({ record }) => record),
      );
    } catch (error) {
      if (error instanceof RecordsRefused) this.refused(request.rows, error);
      throw error;
    }
    if (request.rows.some(({ seq }) => seq === this.blocked?.row.seq)) this.unblock();
    this.allIsWell();
    report.sent(this.lease, request);
  }

  private allIsWell(): void {
    this.failures = 0;
    this.failing = undefined;
    this.options.report.kafkaAnswered(this.lease);
  }

  private unblock(): void {
    if (this.blocked) this.options.report.unblocked(this.lease, this.blocked);
    this.blocked = undefined;
  }

  private async forget({ rows }: Request): Promise<void> {
    await forgetSentRows(
      this.options.pool,
      this.lease,
      rows.map(({ seq }) => seq),
    );
  }

  /** Whether enough of the lease is left for a request to end within it; waits for the renewal where it is not. */
  private async mayStillSend(): Promise<boolean> {
    while (!this.lease.signal.aborted) {
      if (this.lease.remainingMs > this.options.sendDeadlineMs) return true;
      await this.pause(20);
    }
    return false;
  }

  private refused(rows: readonly WaitingRow[], error: RecordsRefused): void {
    const [row] = rows;
    if (!row) return;
    if (rows.length > 1) this.oneByOneUpTo = rows.at(-1)?.seq ?? 0;
    else if (this.blocked?.row.seq === row.seq) this.blocked = { ...this.blocked, reason: error.reason };
    else this.blocked = { row, reason: error.reason, sinceMs: Date.now() };
  }

  /** Says what happened; @returns how long to wait before all is tried again */
  private explain(error: Error): number {
    const { report } = this.options;
    const wait = (longest: number) => Math.min(firstRetryMs * 2 ** this.failures++, longest);
    if (error instanceof LeaseNotHeld) return wait(longestRetryMs); // the next round of the leases renews or ends it
    if (error instanceof ProducerFenced) {
      report.fenced(this.lease);
      return wait(longestRetryMs);
    }
    if (error instanceof RecordsRefused) {
      report.kafkaAnswered(this.lease);
      if (!error.alone || !this.blocked) return 0; // next time one by one
      this.failing = error;
      const retryInMs = wait(longestBlockedRetryMs);
      report.blocked(this.lease, this.blocked, retryInMs);
      return retryInMs;
    }
    this.failing = error;
    const retryInMs = wait(longestRetryMs);
    if (error instanceof SendFailed) report.kafkaAway(this.lease, error);
    else if (isOfPostgres(error)) report.postgresAway(error);
    else report.unexpected(this.lease, error, retryInMs);
    return retryInMs;
  }

  private async pause(ms: number): Promise<void> {
    const { signal } = this.lease;
    if (signal.aborted) return;
    const over = Promise.withResolvers<void>();
    const end = () => over.resolve();
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    await over.promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
