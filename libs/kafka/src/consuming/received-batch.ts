import type { Instant } from '@orderlog/instant';

/** A header's value as it came; a name that was sent several times has them all. */
export type ReceivedHeaders = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;

/** A message as it stands on the topic, bytes untouched. */
export interface ReceivedMessage {
  /** A safe integer: 2^53 messages on one partition are out of reach. */
  readonly offset: number;
  readonly key: Buffer | null;
  /** null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: ReceivedHeaders;
  /** The record's timestamp; Kafka keeps milliseconds, so a multiple of 1,000. */
  readonly timestamp: Instant;
}

/** What one fetch brought of one partition; never empty of messages, in the order of their offsets. */
export interface ReceivedBatch {
  readonly topic: string;
  readonly partition: number;
  /** Where the fetch began: the group's position. Below the first message's offset where compaction has been. */
  readonly fetchedOffset: number;
  /** Where one goes on from after the whole batch: above the last message's offset, past what only the log knows. */
  readonly nextOffset: number;
  /** The offset that the partition's next message will get, as of this fetch: `highWatermark - nextOffset` is the lag. */
  readonly highWatermark: number;
  readonly messages: readonly ReceivedMessage[];
  /** Aborted as soon as the partition is no longer ours: nothing of this batch may be written after it. */
  readonly signal: AbortSignal;
  /** Whether `signal` is aborted: ask before each write. */
  isStale(): boolean;
  /** Whether the consumer is being stopped: finish the batch, or give up waiting for what is away. Not stale yet. */
  isStopping(): boolean;
  /**
   * Tells the group that we live; sends one only when it is due, so call it every few milliseconds of work and while waiting
   * (for a database, a registry).
   * @throws AssignmentLost where the partition is no longer ours: stop at once
   */
  heartbeat(): Promise<void>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition that the group has given us, and where reading begins unless `onAssigned` says otherwise. */
export interface AssignedPartition extends TopicPartition {
  /** What the group has committed in Kafka, by us or by anyone's reset tool; null: nothing yet. */
  readonly committedOffset: number | null;
  /** Where reading begins: the committed offset, else the earliest (or latest, with `fromBeginning: false`). */
  readonly beginOffset: number;
  /** The partition's first and next offsets at the time of the assignment. */
  readonly earliestOffset: number;
  readonly endOffset: number;
}

/** Where to begin instead, for a partition of the assignment. */
export interface BeginAt extends TopicPartition {
  readonly offset: number;
}

/** The partition that a batch came from belongs to someone else now, or the consumer is stopping. */
export class AssignmentLost extends Error {
  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {
    super(`partition ${partition} of ${topic} is no longer ours`);
    this.name = 'AssignmentLost';
  }
}

/** @returns a header as text (its last value, where it was sent several times), or undefined */
export function headerText(message: Pick<ReceivedMessage, 'headers'>, name: string): string | undefined {
  const value = message.headers[name];
  const last = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' ? last : last?.toString('utf8');
}
