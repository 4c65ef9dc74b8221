import type { KafkaConnection } from '../connection.js';
import { KafkajsBatchConsumer } from './kafkajs-batch-consumer.js';
import type { AssignedPartition, BeginAt, ReceivedBatch, TopicPartition } from './received-batch.js';

/** What is done with a batch: answers where to go on from; nothing, or `batch.nextOffset`, is after the whole of it. */
export type BatchWork = (batch: ReceivedBatch) => Promise<number | void>;

export interface BatchConsumerOptions {
  connection: KafkaConnection;
  groupId: string;
  topics: readonly string[];
  /**
   * Called for one batch of a partition at a time, for up to `partitionsConsumedConcurrently` partitions side by side.
   * What it throws ends the session (`onFailure`): a batch is never skipped.
   */
  handle: BatchWork;
  /** Awaited before the first batch of an assignment, with no handler of an older one still at work; may say where to begin. */
  onAssigned?: (partitions: AssignedPartition[], signal: AbortSignal) => Promise<readonly BeginAt[] | void>;
  /** The partitions are gone (a rebalance, stop, a failure) and no handler of them is at work any more. */
  onRevoked?: (partitions: readonly TopicPartition[]) => Promise<void> | void;
  /**
   * The session has ended by itself and has left the group; `start()` joins again. `fatal`: kafkajs gave up where starting
   * again in this process is not known to help, so leave the process to be started anew.
   */
  onFailure: (error: Error, fatal: boolean) => void;
  /** Where a group without a committed offset begins. Default true. */
  fromBeginning?: boolean;
  /** Default 1 MiB. */
  maxBytesPerPartition?: number;
  /** Default 1. */
  partitionsConsumedConcurrently?: number;
  /** How long a member may be silent before its partitions go to others. Default 30,000. */
  sessionTimeoutMs?: number;
  /** How long an empty fetch waits for messages; also how long a resume may take. Default 250. */
  maxWaitMs?: number;
  /** How long `stop` lets the running handlers finish before it calls their batches stale. Default 10,000. */
  drainLimitMs?: number;
}

export type ConsumerState = 'stopped' | 'starting' | 'running' | 'stopping' | 'failed';

export interface BatchConsumer {
  /** Joins the group; resolves with its first assignment in hand. From stopped or failed only. @throws where Kafka cannot be reached */
  start(): Promise<void>;
  /** Lets the running batches end (they may commit), leaves the group: EMPTY at once when it was the last member. */
  stop(): Promise<void>;
  readonly state: ConsumerState;
  assigned(): AssignedPartition[];
  /** Fetches nothing more of these (absent: of all) until `resume`; membership is kept, a rebalance does not forget it. */
  pause(partitions?: readonly TopicPartition[]): void;
  resume(partitions?: readonly TopicPartition[]): void;
}

/**
 * A member of a group that is handed whole batches, one of a partition at a time. The offset that its handler answers is
 * committed once the handler is done, so what the handler wrote stands before Kafka believes it.
 */
export const consumeBatches = (options: BatchConsumerOptions): BatchConsumer => new KafkajsBatchConsumer(options);
