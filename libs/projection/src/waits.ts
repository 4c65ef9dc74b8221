import { isDatabaseTrouble, isUnavailable, sentenceOf } from './failures.js';
import { pause } from './pause.js';
import type { SaySignal } from './signals.js';

/** A part that is away, since when, and what it says. */
export interface Wait {
  what: string;
  /** RFC 3339. */
  since: string;
  error: string;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** What a process waits for: a registry or a database that is away is no fault of any event. */
export class Waits {
  readonly #waits = new Map<string, { what: string; sinceMs: number; error: string }>();

  constructor(private readonly say: SaySignal) {}

  list(): Wait[] {
    return [...this.#waits.values()].map(({ what, sinceMs, error }) => ({
      ...{ what, since: new Date(sinceMs).toISOString(), error },
    }));
  }

  /** Whoever waited does so no more: the partition is not ours, or its batch is done. */
  forget(key: string): void {
    this.#waits.delete(key);
  }

  forgetAll(): void {
    this.#waits.clear();
  }

  /**
   * Tries until it works, as long as what fails is a part that is away. Says so once, and once when it is back.
   * @param key who waits: a partition
   * @throws everything else, and whatever it was where the partition is no longer ours or the consumer is stopping
   */
  async untilBack<T>(
    what: string,
    key: string,
    whileOurs: { signal: AbortSignal; isStopping?: () => boolean },
    work: () => Promise<T>,
  ): Promise<T> {
    const { signal } = whileOurs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
      try {
        const result = await work();
        this.#wentOn(what, key);
        return result;
      } catch (error) {
        if (signal.aborted || whileOurs.isStopping?.() || !(isUnavailable(error) || isDatabaseTrouble(error)))
          throw error;
        this.#waitsFor(what, key, sentenceOf(error));
        await pause(waitMs, signal);
        if (signal.aborted) throw error;
      }
    }
  }

  #waitsFor(what: string, key: string, error: string): void {
    const known = this.#waits.get(key);
    this.#waits.set(key, { what, sinceMs: known?.sinceMs ?? Date.now(), error });
    if (!known) this.say('projection.waiting', { what, partition: key, error });
  }

  #wentOn(what: string, key: string): void {
    const wait = this.#waits.get(key);
    if (wait?.what !== what) return;
    this.#waits.delete(key);
    this.say('projection.went-on', { what, partition: key, waitedMs: Date.now() - wait.sinceMs });
  }
}
