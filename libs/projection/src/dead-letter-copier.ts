import type { Pool } from 'pg';
import { AT_ONCE, sendDeadLetters, type SendDeadLetters } from './dead-letters.js';
import { sentenceOf } from './failures.js';
import type { SaySignal } from './signals.js';

/** Copies what is parked to the topic for people, one sender at a time; what cannot be sent now is sent later. */
export class DeadLetterCopier {
  #copying: Promise<void> | undefined;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly pool: Pool,
    private readonly from: { schema: string; group: string; topic: string },
    private readonly send: SendDeadLetters,
    private readonly say: SaySignal,
    private readonly closing: AbortSignal,
  ) {}

  /** @param notBeforeMs nothing is done sooner than this after the last time */
  copy(notBeforeMs = 0): Promise<void> {
    if (this.#copying) return this.#copying;
    if (performance.now() - this.#lastAtMs < notBeforeMs) return Promise.resolve();
    this.#lastAtMs = performance.now();
    this.#copying = this.#copyAll()
      .catch((error: unknown) => {
        this.say('projection.dead-letter-failed', { topic: this.from.topic, error: sentenceOf(error) });
      })
      .finally(() => {
        this.#copying = undefined;
      });
    return this.#copying;
  }

  async #copyAll(): Promise<void> {
    let sent = AT_ONCE;
    while (sent === AT_ONCE && !this.closing.aborted) sent = await sendDeadLetters(this.pool, this.from, this.send);
  }
}
