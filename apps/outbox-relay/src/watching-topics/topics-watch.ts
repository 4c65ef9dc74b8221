import { checkTopics, TopicMismatch, withAdmin, type KafkaConnection, type TopicDefinition } from '@orderlog/kafka';

const everyMs = 60_000;
const soonMs = 5_000;

/**
 * Compares the topics with what they have to be, at the start and from then on: a topic that deletes instead of compacting
 * loses history while everything looks well, and a partition that somebody adds stays empty. It changes nothing and stops
 * nothing; it says so. While Kafka is away there is nothing to compare.
 */
export class TopicsWatch {
  /** A sentence each; undefined before the first look. */
  differences: readonly string[] | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly definitions: readonly TopicDefinition[],
    private readonly onChange: (differences: readonly string[]) => void,
  ) {}

  start(): void {
    this.looking = this.look().then((lookAgainInMs) => {
      if (!this.stopping) this.timer = setTimeout(() => this.start(), lookAgainInMs).unref();
    });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private async look(): Promise<number> {
    let differences: readonly string[] = [];
    try {
      await withAdmin(this.connection, (kafka) => checkTopics(kafka, this.definitions));
    } catch (error) {
      if (!(error instanceof TopicMismatch)) return soonMs;
      ({ differences } = error);
    }
    const changed = differences.join() !== (this.differences ?? []).join();
    this.differences = differences;
    if (changed) this.onChange(differences);
    return differences.length > 0 ? soonMs : everyMs;
  }
}
