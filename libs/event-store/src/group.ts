import { malformed } from './checks.js';
import { StoreUnavailable } from './store-unavailable.js';
import type { Append, AppendResult } from './store.js';

/**
 * Appends that came in one call and stay in one batch, and the caller who waits for them. Answered once: with results, with
 * an error, or, at its time limit, with what is known of the outcome by then.
 */
export class Group {
  /** Rows of it have been sent: should the answer not come, the outcome is not known. */
  underWay = false;
  /** Postgres refused the rows of a batch that it was in: it is tried by itself. */
  alone = false;
  /** Its appends are tried one by one, each as a group of its own. */
  isDivided = false;
  tries = 0;
  /** What kept it from being answered so far. */
  trouble: unknown;
  /** Those that are refused whatever stands in the store: nobody looks for what they name. */
  readonly malformed = new Map<Append, Error>();
  readonly wellFormed: readonly Append[];
  /** Only who has the lock can ask a writer again. */
  readonly needsLock: boolean;
  readonly answer: Promise<AppendResult[]>;
  private settle!: { resolve(results: AppendResult[]): void; reject(error: unknown): void };
  private readonly timer: NodeJS.Timeout;
  private done = false;

  constructor(
    readonly appends: readonly Append[],
    timeoutMs: number,
    /** All of them are kept, or none. */
    readonly together = false,
  ) {
    for (const append of appends) {
      const error = malformed(append);
      if (error) this.malformed.set(append, error);
    }
    this.wellFormed = this.malformed.size === 0 ? appends : appends.filter((append) => !this.malformed.has(append));
    this.needsLock = this.wellFormed.some((append) => append.overtaken);
    this.answer = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.timer = setTimeout(() => {
      const outcome = this.underWay ? 'unknown' : 'not-written';
      this.fail(new StoreUnavailable(outcome, `no answer from Postgres within ${timeoutMs} ms`, this.trouble));
    }, timeoutMs);
  }

  get isAnswered(): boolean {
    return this.done;
  }

  succeed(results: AppendResult[]): void {
    if (!this.close()) return;
    this.settle.resolve(results);
  }

  fail(error: unknown): void {
    if (!this.close()) return;
    this.settle.reject(error);
  }

  /** Each append as a group of its own, alone. This one is answered when all of them are. */
  divide(timeoutMs: number): Group[] {
    this.isDivided = true;
    this.underWay = true; // some parts may be kept by the time that others are given up
    const parts = this.appends.map((append) => new Group([append], timeoutMs));
    for (const part of parts) part.alone = true;
    void Promise.allSettled(parts.map((part) => part.answer)).then((answers) => {
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (failed) this.fail(new StoreUnavailable('unknown', 'not every append was answered', failed.reason));
      else this.succeed(answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])));
    });
    return parts;
  }

  private close(): boolean {
    if (this.done) return false;
    this.done = true;
    clearTimeout(this.timer);
    return true;
  }
}
