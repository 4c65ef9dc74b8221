import type { Admin } from 'kafkajs';
import { committedOffsets, topicOffsets } from '../admin/offsets.js';
import type { AssignedPartition, TopicPartition } from './received-batch.js';

/** Reads where the group stands, from Kafka and not from what this process remembers: somebody may have reset it. */
export async function beginningOf(
  admin: Admin,
  groupId: string,
  partitions: readonly TopicPartition[],
  fromBeginning: boolean,
): Promise<AssignedPartition[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const perTopic = topics.map(async (topic) => {
    const [bounds, committed] = await Promise.all([
      topicOffsets({ admin }, topic),
      committedOffsets({ admin }, groupId, topic),
    ]);
    return partitions
      .filter((one) => one.topic === topic)
      .map(({ partition }): AssignedPartition => {
        const { earliest, end } = bounds.find((one) => one.partition === partition) ?? { earliest: 0, end: 0 };
        const committedOffset = committed.find((one) => one.partition === partition)?.offset ?? null;
        const otherwise = fromBeginning ? earliest : end;
        const reachable = committedOffset !== null && committedOffset >= earliest && committedOffset <= end;
        const beginOffset = reachable ? committedOffset : otherwise;
        return { topic, partition, committedOffset, beginOffset, earliestOffset: earliest, endOffset: end };
      });
  });
  return (await Promise.all(perTopic)).flat();
}
