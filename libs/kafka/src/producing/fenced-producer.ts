import type { KafkaConnection } from '../connection.js';
import {
  openCluster,
  transactionCoordinator,
  type Broker,
  type Cluster,
  type KafkajsError,
  type ProducerEpoch,
} from '../inside-kafkajs.js';
import { kafkajs } from '../kafkajs-mended.js';
import { ProducerFenced, RecordsRefused, SendFailed } from './produce-errors.js';

export interface FencedRecord {
  topic: string;
  key: string | null;
  /** null is a tombstone. */
  value: Buffer | null;
  headers: Record<string, string>;
  /** Milliseconds since 1970. */
  timestampMs: number;
}

export interface FencedProducerOptions {
  connection: KafkaConnection;
  /** How long one request may take, all of it: must be shorter than the lease under which it is sent. */
  deadlineMs: number;
  /** Default none. */
  compression?: 'none' | 'gzip';
}

/**
 * # A producer with a fence, and without transactions
 * Who leases an identity gets a new epoch from Kafka. Once it has written to a partition under it, Kafka takes nothing more
 * there from any earlier epoch of the identity, however late that arrives: a paused process wakes up and cannot speak, and
 * nobody had to wait for it. What an earlier epoch got in before stands ahead of what the new one sends.
 *
 * The fence holds where the new epoch has written. So a new holder sends every record again that its predecessor may not
 * have had acknowledged; where those stand, the predecessor is shut out, and elsewhere it has nothing to say.
 * It rests on broker state that is kept a day after a producer's last write (`producer.id.expiration.ms`).
 *
 *     const fence = await producer.lease('relay-3');
 *     await fence.send(3, records);          // one at a time; returns when all replicas have it
 *
 * Whatever `send` throws, the fence is spent: the outcome is unknown, or the sequence numbers no longer fit. Lease again,
 * and send again from the first record that was not acknowledged, in the same order.
 */
export class FencedProducer {
  private opened: Promise<Cluster> | undefined;

  constructor(private readonly options: FencedProducerOptions) {}

  /** Takes the identity, whoever has it. @throws SendFailed where Kafka does not answer in time */
  async lease(identity: string): Promise<Fence> {
    const opening = this.cluster();
    try {
      return await inTime(this.options.deadlineMs, `a new epoch for ${identity}`, async () => {
        const cluster = await opening;
        await cluster.refreshMetadataIfNecessary();
        const coordinator = await cluster.findGroupCoordinator({
          groupId: identity,
          coordinatorType: transactionCoordinator,
        });
        const epoch = await initProducerId(coordinator, identity);
        return new Fence(identity, epoch, cluster, this.options, () => this.discard(opening));
      });
    } catch (error) {
      this.discard(opening);
      throw error instanceof SendFailed ? error : new SendFailed(`no epoch for ${identity}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = undefined;
    await opened?.then((cluster) => cluster.disconnect()).catch(() => undefined);
  }

  private cluster(): Promise<Cluster> {
    this.opened ??= (async () => {
      const { connection, deadlineMs } = this.options;
      const cluster = openCluster({ ...connection, requestTimeoutMs: deadlineMs }, 1);
      await cluster.connect();
      return cluster;
    })();
    return this.opened;
  }

  /** Its connections are not what they were: the next lease opens new ones, and what is under way on these comes to its end. */
  private discard(opening: Promise<Cluster>): void {
    if (this.opened !== opening) return;
    this.opened = undefined;
    opening.then((cluster) => cluster.disconnect()).catch(() => undefined);
  }
}

/** One epoch of an identity: good until the first failure, or until somebody else leases it. */
export class Fence {
  private spent: Error | undefined;
  private sending = false;
  private readonly sequences = new Map<string, number>();
  private readonly knownTopics = new Set<string>();

  constructor(
    readonly identity: string,
    readonly epoch: ProducerEpoch,
    private readonly cluster: Cluster,
    private readonly options: FencedProducerOptions,
    private readonly onConnectionLost: () => void,
  ) {}

  /**
   * Sends records to one Kafka partition of each of their topics, in order within a topic; returns when all in-sync replicas
   * have all of them.
   * @throws ProducerFenced, RecordsRefused, SendFailed; after any of them the fence is spent
   */
  async send(partition: number, records: readonly FencedRecord[]): Promise<void> {
    if (this.spent) throw this.spent;
    if (this.sending) throw new Error(`${this.identity} is sending: one request at a time keeps the order`);
    this.sending = true;
    try {
      await inTime(this.options.deadlineMs, `${records.length} records of ${this.identity}`, () =>
        this.produce(partition, records),
      );
    } catch (error) {
      this.spent = this.explained(error as KafkajsError, records.length === 1);
      throw this.spent;
    } finally {
      this.sending = false;
    }
  }

  private async produce(partition: number, records: readonly FencedRecord[]): Promise<void> {
    const byTopic = Map.groupBy(records, ({ topic }) => topic);
    const unknown = [...byTopic.keys()].filter((topic) => !this.knownTopics.has(topic));
    if (unknown.length > 0) await this.cluster.addMultipleTargetTopics(unknown);
    for (const topic of unknown) this.knownTopics.add(topic);
    const byLeader = Map.groupBy(byTopic, ([topic]) => this.leaderOf(topic, partition, records.length === 1));
    const requests = [...byLeader].map(async ([nodeId, topics]) => {
      const broker = await this.cluster.findBroker({ nodeId: String(nodeId) });
      await broker.produce({
        ...this.epoch,
        acks: -1,
        timeout: this.options.deadlineMs,
        compression:
          this.options.compression === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None,
        topicData: topics.map(([topic, ofTopic]) => ({
          topic,
          partitions: [
            {
              partition,
              firstSequence: this.sequences.get(topic) ?? 0,
              messages: ofTopic.map(({ key, value, headers, timestampMs }) => ({
                key,
                value,
                headers,
                timestamp: timestampMs,
              })),
            },
          ],
        })),
      });
      for (const [topic, ofTopic] of topics) {
        this.sequences.set(topic, ((this.sequences.get(topic) ?? 0) + ofTopic.length) % 2 ** 31);
      }
    });
    const failed = (await Promise.allSettled(requests)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason as Error;
  }

  private leaderOf(topic: string, partition: number, alone: boolean): number {
    const metadata = this.cluster.findTopicPartitionMetadata(topic);
    const found = metadata.find(({ partitionId }) => partitionId === partition);
    if (!found) throw new RecordsRefused(`${topic} has no partition ${partition}`, alone);
    return found.leader;
  }

  private explained(error: KafkajsError, alone: boolean): Error {
    if (error instanceof RecordsRefused) return error;
    const type = error.type ?? '';
    if (type === 'INVALID_PRODUCER_EPOCH' || type === 'PRODUCER_FENCED') {
      return new ProducerFenced(this.identity, { cause: error });
    }
    if (refusals.has(type)) return new RecordsRefused(type, alone, { cause: error });
    // A broker that answered has the connection in order; its metadata may be old. Anything else: begin anew.
    if (type === '') this.onConnectionLost();
    else this.cluster.refreshMetadata().catch(() => this.onConnectionLost());
    if (error instanceof SendFailed) return error;
    return new SendFailed(type === '' ? error.message : type, { cause: error });
  }
}

/** Answers that are about the records, and stay the same until somebody changes something. */
const refusals = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TIMESTAMP',
  'INVALID_RECORD',
  'INVALID_TOPIC_EXCEPTION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
  'UNSUPPORTED_COMPRESSION_TYPE',
]);

/** While the coordinator moves or its topic is being made; the caller's deadline ends it. */
const passing = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_NOT_AVAILABLE',
  'CONCURRENT_TRANSACTIONS',
]);
const epochAttempts = 50;

async function initProducerId(coordinator: Broker, transactionalId: string): Promise<ProducerEpoch> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { producerId, producerEpoch } = await coordinator.initProducerId({
        transactionalId,
        transactionTimeout: 60_000,
      });
      return { producerId, producerEpoch };
    } catch (error) {
      if (!passing.has((error as KafkajsError).type ?? '') || attempt === epochAttempts) throw error;
    }
    await new Promise((again) => setTimeout(again, 50));
  }
}

/** @throws SendFailed at the deadline; what is under way then goes on, and nobody looks at its outcome */
async function inTime<T>(deadlineMs: number, what: string, work: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new SendFailed(`${what} took more than ${deadlineMs} ms`)), deadlineMs);
  const working = work();
  working.catch(() => undefined);
  try {
    return await Promise.race([working, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
