import { kafkajs } from '../kafkajs-mended.js';
import type { KafkaAdmin } from './kafka-admin.js';
import { until } from './until.js';

export interface TopicDefinition {
  topic: string;
  partitions: number;
  configs: Readonly<Record<string, string>>;
}

/** A topic stands there with another shape than ours: nothing is changed, because both ways of going on lose something. */
export class TopicMismatch extends Error {
  constructor(readonly differences: readonly string[]) {
    super(`the topics are not what they have to be:\n${differences.map((difference) => `  ${difference}`).join('\n')}`);
    this.name = 'TopicMismatch';
  }
}

/**
 * Makes the topics that are missing and checks those that stand: partition count and `cleanup.policy`, the two that cannot
 * be made good afterwards (orders would change partitions; history would be deleted). Several may run it at once.
 * @param options.replicationFactor by default 3, or as many as there are brokers; from 3 on with `min.insync.replicas` 2
 * @returns which were made, and which were there
 * @throws TopicMismatch with a sentence for each difference
 */
export async function ensureTopics(
  { admin }: KafkaAdmin,
  definitions: readonly TopicDefinition[],
  options: { replicationFactor?: number; limitMs?: number } = {},
): Promise<{ made: string[]; found: string[] }> {
  const limitMs = options.limitMs ?? 30_000;
  const brokers = (await admin.describeCluster()).brokers.length;
  const replicationFactor = options.replicationFactor ?? Math.min(3, brokers);
  const safety: Record<string, string> = replicationFactor >= 3 ? { 'min.insync.replicas': '2' } : {};
  const there = new Set(await admin.listTopics());
  const missing = definitions.filter(({ topic }) => !there.has(topic));
  if (missing.length > 0) {
    await admin
      .createTopics({
        // kafkajs waits for leaders, but gives up at once where a broker has not heard of the new topic yet.
        waitForLeaders: false,
        timeout: limitMs,
        topics: missing.map(({ topic, partitions, configs }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries({ ...safety, ...configs }).map(([name, value]) => ({ name, value })),
        })),
      })
      .catch((error: unknown) => {
        if (!madeByAnother(error)) throw error;
      });
    await until(() => knowsTopics(admin, missing), { limitMs, everyMs: 50 });
  }
  await checkTopics({ admin }, definitions);
  const made = missing.map(({ topic }) => topic);
  return { made, found: definitions.map(({ topic }) => topic).filter((topic) => !made.includes(topic)) };
}

/** What an app does at its start: compares the topics with what they have to be. @throws TopicMismatch, also for one that is missing */
export async function checkTopics(
  { admin }: Pick<KafkaAdmin, 'admin'>,
  definitions: readonly TopicDefinition[],
): Promise<void> {
  const there = new Set(await admin.listTopics());
  const differences = definitions
    .filter(({ topic }) => !there.has(topic))
    .map(({ topic }) => `${topic} does not exist (the deploy step makes it)`);
  const found = definitions.filter(({ topic }) => there.has(topic));
  if (found.length > 0) {
    const { topics } = await admin.fetchTopicMetadata({ topics: found.map(({ topic }) => topic) });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: found.map(({ topic }) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configNames: ['cleanup.policy'],
      })),
    });
    for (const { topic, partitions, configs } of found) {
      const count = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      if (count !== partitions) differences.push(`${topic} has ${count} partitions, not ${partitions}`);
      const wanted = configs['cleanup.policy'];
      const policy = resources
        .find(({ resourceName }) => resourceName === topic)
        ?.configEntries.find(({ configName }) => configName === 'cleanup.policy')?.configValue;
      if (wanted !== undefined && policy !== wanted)
        differences.push(`${topic} has cleanup.policy=${policy}, not ${wanted}`);
    }
  }
  if (differences.length > 0) throw new TopicMismatch(differences);
}

/** Whether the brokers have heard of the topics, and each partition has a leader: a moment after they were made. */
const notYet = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);

async function knowsTopics(admin: KafkaAdmin['admin'], definitions: readonly TopicDefinition[]): Promise<true | Error> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: definitions.map(({ topic }) => topic) });
    const leaderless = topics.find(({ partitions }) => partitions.some(({ leader }) => leader < 0));
    if (leaderless) return new Error(`${leaderless.name} has a partition without a leader`);
    // A broker is named as the leader before it has heard of it itself, and refuses who asks it until then.
    for (const { topic } of definitions) await admin.fetchTopicOffsets(topic);
    return true;
  } catch (error) {
    const { type } = error as { type?: string };
    if (type === undefined || !notYet.has(type)) throw error;
    return error as Error;
  }
}

const madeByAnother = (error: unknown): boolean => {
  const { type, errors } = error as { type?: string; errors?: { type?: string }[] };
  return type === 'TOPIC_ALREADY_EXISTS' || (errors?.every((one) => one.type === 'TOPIC_ALREADY_EXISTS') ?? false);
};
