import { randomUUID } from 'node:crypto';
import { consumeBatches, type KafkaConnection, type ReceivedBatch, withAdmin } from '@orderlog/kafka';

/**
 * Hands over all that stands in a topic at this moment, a batch at a time, under a group of its own that is taken away
 * afterwards: nobody else's offsets move.
 * @param groupPrefix the group's name begins with it
 * @param partition only this one
 */
export async function readTopic(options: {
  connection: KafkaConnection;
  topic: string;
  groupPrefix: string;
  partition?: number;
  signal: AbortSignal;
  handle: (batch: ReceivedBatch) => Promise<void>;
  onProgress: (read: number, of: number) => void;
}): Promise<void> {
  const { connection, topic, signal } = options;
  const groupId = `${options.groupPrefix}${randomUUID()}`;
  const ends = new Map<number, { begin: number; next: number; end: number }>();
  const all = Promise.withResolvers<void>();
  const settle = () => {
    const parts = [...ends.values()];
    const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + of(part), 0);
    options.onProgress(
      sum(({ begin, next, end }) => Math.min(next, end) - begin),
      sum(({ begin, end }) => end - begin),
    );
    if (parts.every(({ next, end }) => next >= end)) all.resolve();
  };
  const consumer = consumeBatches({
    connection,
    groupId,
    topics: [topic],
    maxBytesPerPartition: 4 << 20,
    onAssigned: async (partitions) => {
      for (const { partition, earliestOffset, endOffset } of partitions) {
        const skipped = options.partition !== undefined && options.partition !== partition;
        const begin = skipped ? endOffset : earliestOffset;
        ends.set(partition, { begin, next: begin, end: endOffset });
      }
      settle();
      return [...ends].map(([partition, { begin }]) => ({ topic, partition, offset: begin }));
    },
    handle: async (batch) => {
      const part = ends.get(batch.partition)!;
      if (part.next < part.end) {
        await options.handle(batch);
        part.next = batch.nextOffset;
        settle();
      }
    },
    onFailure: (error) => all.reject(error),
  });
  const stopped = () => all.reject(signal.reason);
  signal.addEventListener('abort', stopped, { once: true });
  try {
    await consumer.start();
    await all.promise;
  } finally {
    signal.removeEventListener('abort', stopped);
    await consumer.stop();
    await withAdmin(connection, ({ admin }) => admin.deleteGroups([groupId])).catch(() => undefined); // it is forgotten anyhow
  }
}
