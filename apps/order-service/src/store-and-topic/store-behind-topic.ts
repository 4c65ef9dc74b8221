import type { EventStore } from '@orderlog/event-store';
import { standBesideTopic, wasPutBack } from '@orderlog/order-contract';
import { describeError, NotReady } from '@orderlog/service-kit';
import type { Gate } from '../orders/orders.js';
import { serviceProblem } from '../refusals/refusals.js';
import { log } from '../signals.js';

/** The last records of each partition of the topic of facts; none: it is empty, or not there yet. */
export type TopicEnds = Parameters<typeof standBesideTopic>[1];

type Standing = 'unchecked' | 'behind' | 'checked';

/**
 * Until the topic has been asked whether the store is behind it (standBesideTopic says why) no command is taken, and while
 * it is, none either.
 */
export class StoreBehindTopic implements Gate {
  #standing: Standing = 'unchecked';
  #reason = 'the topic has not been asked yet';
  #positions = { position: 0, topicPosition: 0 };
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly store: Pick<EventStore, 'head' | 'read'>,
    private readonly topicEnds: TopicEnds,
    private readonly options: { takeUnchecked: boolean; askEveryMs?: number },
  ) {}

  /** @throws Problem 503 while the store is behind, or nobody can say */
  pass(): void {
    if (this.#standing === 'checked') return;
    if (this.#standing === 'behind') throw serviceProblem('store-behind', { members: this.#positions });
    if (!this.options.takeUnchecked) throw serviceProblem('store-unchecked');
  }

  /** For /health/ready. */
  check(): Record<string, unknown> {
    if (this.#standing === 'behind') {
      const { what, remedy } = wasPutBack(this.#positions);
      throw new NotReady(`${what}; ${remedy}`);
    }
    if (this.#standing === 'unchecked' && !this.options.takeUnchecked) throw new NotReady(this.#reason);
    return { standing: this.#standing, ...this.#positions };
  }

  /** Asks once, and goes on asking in the background until the store is found not to be behind. */
  async start(): Promise<void> {
    await this.#ask();
    if (this.#standing !== 'checked') this.#again();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      void this.#ask().then(() => {
        if (this.#standing !== 'checked' && !this.#stopped) this.#again();
      });
    }, this.options.askEveryMs ?? 2_000);
  }

  async #ask(): Promise<void> {
    try {
      const { isBehind, ...positions } = await standBesideTopic(this.store, this.topicEnds);
      this.#positions = positions;
      this.#become(isBehind ? 'behind' : 'checked');
    } catch (error) {
      const reason = `whether the store is behind its topic is not known: ${describeError(error)}`;
      if (reason !== this.#reason) log('store.unchecked', { reason });
      this.#reason = reason;
    }
  }

  #become(standing: Standing): void {
    if (standing === this.#standing) return;
    this.#standing = standing;
    log(standing === 'behind' ? 'store.behind' : 'store.checked', this.#positions);
  }
}
