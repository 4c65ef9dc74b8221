import { brokersOf, checkTopics, ensureTopics, TopicMismatch, waitForKafka, withAdmin } from '@orderlog/kafka';
import type { KafkaConnection } from '@orderlog/kafka';
import type { Config } from '../config.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { platformTopics } from './platform-topics.js';

export const connectionOf = (config: Config): KafkaConnection => ({
  brokers: brokersOf(config.KAFKA_BROKERS),
  clientId: 'orderlog-cli',
});

/** Makes the topics that are missing. @throws CommandFailed where one stands there with another shape; it is not touched */
export async function createTopics(
  config: Config,
  signal: AbortSignal,
  waitMs: number,
): Promise<{ made: string[]; found: string[] }> {
  const connection = connectionOf(config);
  await waitForKafka(connection, { limitMs: waitMs });
  signal.throwIfAborted();
  try {
    return await withAdmin(connection, (kafka) =>
      ensureTopics(kafka, platformTopics(config.TOPIC_PREFIX), { replicationFactor: config.TOPIC_REPLICATION }),
    );
  } catch (error) {
    if (!(error instanceof TopicMismatch)) throw error;
    throw new CommandFailed(
      error.message,
      'Nothing was changed: another partition count would move orders, another policy would lose facts. ' +
        'Use topics of another name (TOPIC_PREFIX), or put them right by hand.',
      { cause: error },
    );
  }
}

/** @returns what is not as it has to be, a sentence each; none: all is */
export async function differencesOfTopics(config: Config): Promise<string[]> {
  try {
    await withAdmin(connectionOf(config), (kafka) => checkTopics(kafka, platformTopics(config.TOPIC_PREFIX)));
    return [];
  } catch (error) {
    if (error instanceof TopicMismatch) return [...error.differences];
    throw error;
  }
}
