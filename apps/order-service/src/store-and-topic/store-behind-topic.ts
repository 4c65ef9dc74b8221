import type { EventStore } from '@orderlog/event-store';
import { describeError, NotReady } from '@orderlog/service-kit';
import type { Gate } from '../orders/orders.js';
import { serviceProblem } from '../refusals/refusals.js';
import { log } from '../signals.js';

/** A fact as the topic has it; `version` NaN where the message does not say which fact it is. */
export interface TopicFact {
  position: number;
  orderId: string;
  version: number;
}

/** The last facts of each partition of the topic of events; none: it is empty, or not there yet. */
export type LastFacts = () => Promise<TopicFact[]>;

type Standing = 'unchecked' | 'behind' | 'checked';

/**
 * A store that was put back from a backup is behind its own topic: its next fact would have the key of one that the
 * topic already holds, and compaction would delete that one. Positions are dense, so it shows. Until the topic has been
 * asked no command is taken, and while the store is behind, none either.
 */
export class StoreBehindTopic implements Gate {
  #standing: Standing = 'unchecked';
  #reason = 'the topic has not been asked yet';
  #positions = { position: 0, topicPosition: 0 };
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly store: Pick<EventStore, 'head' | 'read'>,
    private readonly lastFacts: LastFacts,
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
      const { position, topicPosition } = this.#positions;
      throw new NotReady(
        `the store ends at position ${position} and the topic at ${topicPosition}: it was put back; run \`orderlog recover\``,
      );
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
      // The topic first: what is committed meanwhile makes the store longer and not shorter.
      const facts = await this.lastFacts();
      const { position } = await this.store.head();
      const lacking: number[] = [];
      for (const fact of facts) if (fact.position > position && !(await this.#has(fact))) lacking.push(fact.position);
      this.#positions = {
        position,
        topicPosition: Math.max(0, ...(lacking.length > 0 ? lacking : facts.map((fact) => fact.position))),
      };
      this.#become(lacking.length > 0 ? 'behind' : 'checked');
    } catch (error) {
      const reason = `whether the store is behind its topic is not known: ${describeError(error)}`;
      if (reason !== this.#reason) log('store.unchecked', { reason });
      this.#reason = reason;
    }
  }

  /** Where facts were lost for good those behind them moved up: the topic has them at their old positions as well. */
  async #has({ orderId, version }: TopicFact): Promise<boolean> {
    if (!Number.isSafeInteger(version)) return false;
    return (await this.store.read(orderId, { fromVersion: version, toVersion: version })).length > 0;
  }

  #become(standing: Standing): void {
    if (standing === this.#standing) return;
    this.#standing = standing;
    log(standing === 'behind' ? 'store.behind' : 'store.checked', this.#positions);
  }
}
