import { consumeBatches } from '../consuming/batch-consumer.js';
import { testConnection } from './test-topic.js';

/** Every message of a partition, from the first to the one that is its last now, as `key=value`. */
export async function readTopic(topic: string, partition: number): Promise<string[]> {
  const read: string[] = [];
  const done = Promise.withResolvers<void>();
  const consumer = consumeBatches({
    connection: testConnection,
    groupId: `${topic}-reader-${Date.now()}-${Math.random()}`,
    topics: [topic],
    onFailure: done.reject,
    onAssigned: async (partitions) => {
      const own = partitions.find((one) => one.partition === partition);
      if (!own || own.endOffset === own.earliestOffset) done.resolve();
    },
    handle: async (batch) => {
      if (batch.partition !== partition) return;
      read.push(...batch.messages.map(({ key, value }) => `${key?.toString()}=${value?.toString() ?? ''}`));
      if (batch.nextOffset >= batch.highWatermark) done.resolve();
    },
  });
  await consumer.start();
  await done.promise;
  await consumer.stop();
  return read;
}
