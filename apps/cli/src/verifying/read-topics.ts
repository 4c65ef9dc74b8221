import { randomUUID } from 'node:crypto';
import { consumeBatches, type KafkaConnection, type ReceivedBatch, withAdmin } from '@orderlog/kafka';

/**
 * Hands over all that stands in some topics at this moment, a batch at a time, under one group of its own that is taken away
 * afterwards: nobody else's offsets move.
 * @param topics each with what looks at its batches
 * @param groupPrefix the group's name begins with it
 * @param partition only this one of each
 */
export async function readTopics(options: {
  connection: KafkaConnection;
  topics: ReadonlyMap<string, (batch: ReceivedBatch) => Promise<void>>;
  groupPrefix: string;
  partition?: number;
  signal: AbortSignal;
  onProgress: (read: number, of: number) => void;
}): Promise<void> {
  const { connection, topics, signal } = options;
  const groupId = `${options.groupPrefix}${randomUUID()}`;
  const ends = new Map<string, { begin: number; next: number; end: number }>();
  const placeOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;
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
    topics: [...topics.keys()],
    maxBytesPerPartition: 4 << 20,
    onAssigned: async (partitions) => {
      const begins = partitions.map((assigned) => {
        const { topic, partition, earliestOffset, endOffset } = assigned;
        const skipped = options.partition !== undefined && options.partition !== partition;
        const begin = skipped ? endOffset : earliestOffset;
        ends.set(placeOf(assigned), { begin, next: begin, end: endOffset });
        return { topic, partition, offset: begin };
      });
      settle();
      return begins;
    },
    handle: async (batch) => {
      const part = ends.get(placeOf(batch))!;
      if (part.next < part.end) {
        await topics.get(batch.topic)!(batch);
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
