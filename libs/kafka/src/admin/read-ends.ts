import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaConnection } from '../connection.js';
import type { Broker } from '../inside-kafkajs.js';
import { withAdmin, type KafkaAdmin } from './kafka-admin.js';
import { topicOffsets } from './offsets.js';

/** A record as it stands in its partition. */
export interface EndRecord {
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | undefined>;
}

/** The part of a broker object that is not on its public face, beside those in inside-kafkajs.ts. */
interface FetchingBroker extends Broker {
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{
    responses: {
      partitions: {
        partition: number;
        errorCode: number;
        messages: { offset: string; key: Buffer | null; value: Buffer | null; headers: Record<string, Buffer> }[];
      }[];
    }[];
  }>;
}

const maxBytes = 4 * 1024 * 1024;
const readCommitted = 1;
/** A fetch gives at least one batch, so this is far more than the last records take. */
const maxFetches = 100;

/**
 * The last records of each partition of a topic, without a consumer group: nobody's offsets move, no group is left.
 * @returns at most `perPartition` of each, in the order of their offsets; none where there is no such topic
 * @throws what kafkajs throws where no broker answers, or an Error once `timeoutMs` is over
 */
export async function readEnds(
  connection: KafkaConnection,
  topic: string,
  options: { perPartition: number; timeoutMs: number },
): Promise<EndRecord[]> {
  const over = new AbortController();
  const late = sleep(options.timeoutMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`the ends of ${topic} were not read within ${options.timeoutMs} ms`);
  });
  try {
    return await Promise.race([read(connection, topic, options), late]);
  } finally {
    over.abort();
    await late.catch(() => undefined);
  }
}

/** So many tries fit: kafkajs waits 100 ms before the second and twice as long each time (connection.ts). */
const retriesWithin = (timeoutMs: number): number => Math.max(0, Math.min(5, Math.floor(Math.log2(timeoutMs / 100))));

const read = (
  connection: KafkaConnection,
  topic: string,
  { perPartition, timeoutMs }: { perPartition: number; timeoutMs: number },
): Promise<EndRecord[]> => {
  const work = async ({ admin, cluster }: KafkaAdmin): Promise<EndRecord[]> => {
    if (!(await admin.listTopics()).includes(topic)) return [];
    const bounds = await topicOffsets({ admin }, topic);
    await cluster.addMultipleTargetTopics([topic]);
    await cluster.refreshMetadata();
    const leaders = new Map(
      cluster.findTopicPartitionMetadata(topic).map(({ partitionId, leader }) => [partitionId, leader]),
    );
    const records: EndRecord[] = [];
    for (const { partition, earliest, end } of bounds) {
      const leader = leaders.get(partition);
      if (leader === undefined) throw new Error(`partition ${partition} of ${topic} has no leader`);
      const broker = (await cluster.findBroker({ nodeId: String(leader) })) as FetchingBroker;
      const from = Math.max(earliest, end - perPartition);
      records.push(...(await recordsOf(broker, topic, partition, from, end)));
    }
    return records;
  };
  return withAdmin(connection, work, retriesWithin(timeoutMs));
};

async function recordsOf(
  broker: FetchingBroker,
  topic: string,
  partition: number,
  from: number,
  end: number,
): Promise<EndRecord[]> {
  const records: EndRecord[] = [];
  let next = from;
  for (let fetches = 0; next < end && fetches < maxFetches; fetches += 1) {
    const { responses } = await broker.fetch({
      isolationLevel: readCommitted,
      maxWaitTime: 500,
      minBytes: 1,
      maxBytes,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(next), maxBytes }] }],
    });
    const messages = responses.flatMap((response) => response.partitions).flatMap((part) => part.messages);
    const fresh = messages.filter((message) => Number(message.offset) >= next && Number(message.offset) < end);
    // Nothing more to read: what stood there was compacted away, or is a marker.
    if (fresh.length === 0) break;
    for (const { offset, key, value, headers } of fresh) {
      records.push({ partition, offset: Number(offset), key, value, headers });
    }
    next = Number(fresh.at(-1)?.offset) + 1;
  }
  return records;
}
