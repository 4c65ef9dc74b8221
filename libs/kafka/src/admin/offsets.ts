import type { Instant } from '@orderlog/instant';
import type { KafkaAdmin } from './kafka-admin.js';

export interface PartitionOffsets {
  partition: number;
  /** The first offset that can still be read. */
  earliest: number;
  /** The offset that the next message will get. */
  end: number;
}

/** The bounds of each partition, in the order of the partitions. */
export async function topicOffsets({ admin }: Pick<KafkaAdmin, 'admin'>, topic: string): Promise<PartitionOffsets[]> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets
    .map(({ partition, low, high }) => ({ partition, earliest: Number(low), end: Number(high) }))
    .sort((one, other) => one.partition - other.partition);
}

/**
 * For each partition the first message with a timestamp at or after the instant.
 * @returns `offset` null where there is none (kafkajs alone would answer the end, without a word)
 */
export async function offsetsAt(
  { admin }: Pick<KafkaAdmin, 'admin'>,
  topic: string,
  instant: Instant,
): Promise<{ partition: number; offset: number | null }[]> {
  const ends = await topicOffsets({ admin }, topic);
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, Math.ceil(instant / 1000));
  return ends.map(({ partition, end }) => {
    const offset = Number(found.find((one) => one.partition === partition)?.offset ?? -1);
    return { partition, offset: offset < 0 || offset >= end ? null : offset };
  });
}

/** What a group has committed, for each partition of the topic; null: nothing. */
export async function committedOffsets(
  { admin }: Pick<KafkaAdmin, 'admin'>,
  groupId: string,
  topic: string,
): Promise<{ partition: number; offset: number | null }[]> {
  const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return (answer?.partitions ?? [])
    .map(({ partition, offset }) => ({ partition, offset: Number(offset) < 0 ? null : Number(offset) }))
    .sort((one, other) => one.partition - other.partition);
}
