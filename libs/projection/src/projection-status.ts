import type { Progress } from './progress.js';
import type { StoredPartition, UnknownType } from './projection-status.sql.js';
import type { Wait } from './waits.js';

export type ProjectionState = 'running' | 'replaying' | 'rebuilding' | 'stopped' | 'incomplete' | 'failed';

/** What `GET /projection` answers. */
export interface ProjectionStatus {
  name: string;
  generation: number;
  state: ProjectionState;
  /** In words, where the state needs some. */
  reason: string | null;
  /** In messages; null while Kafka is away and was never asked. */
  lag: number | null;
  partitions: PartitionStatus[];
  progress: Progress | null;
  /** What was never read: the group was moved forward over it. `to` is the first offset after the hole. */
  incomplete: { topic: string; partition: number; from: number; to: number }[];
  /** Parts that are away, each since when. Nothing is lost by waiting. */
  waitingFor: Wait[];
  parked: { orders: number; limit: number };
  unknownTypes: UnknownType[];
}

export interface PartitionStatus {
  topic: string;
  partition: number;
  /** Where the next batch begins. */
  offset: number;
  end: number | null;
  lag: number | null;
}

/** A partition as Kafka has it. */
export interface PartitionEnds {
  topic: string;
  partition: number;
  earliest: number;
  end: number;
}

export const JOINING = 'it is joining its group';

/** The first of these that is so. A projection that does not know yet where its group stands is not said to run. */
export function stateOf(known: {
  stopped: boolean;
  failure: string | undefined;
  parked: { orders: number; limit: number };
  joining: boolean;
  replaying: boolean;
  holes: number;
}): [ProjectionState, string | null] {
  const { orders, limit } = known.parked;
  if (known.stopped) return ['stopped', 'it was told to stop; POST /projection/start lets it go on'];
  if (known.failure !== undefined) return ['failed', known.failure];
  if (orders >= limit) return ['failed', `${orders} orders are parked, the limit is ${limit}: paused`];
  if (known.joining) return ['stopped', JOINING];
  if (known.replaying) return ['replaying', null];
  if (known.holes > 0) return ['incomplete', 'messages were passed over by a reset forward; see `incomplete`'];
  return ['running', null];
}

/** Every partition that the topics have: one that nobody has taken yet is not read at all. */
export function partitionsOf(
  stored: readonly StoredPartition[],
  ends: readonly PartitionEnds[] | undefined,
): PartitionStatus[] {
  if (!ends) return stored.map(({ topic, partition, offset }) => ({ topic, partition, offset, end: null, lag: null }));
  const known = new Map(stored.map((one) => [partitionKey(one), one.offset]));
  return ends.map(({ topic, partition, earliest, end }) => {
    const offset = known.get(partitionKey({ topic, partition })) ?? earliest;
    return { topic, partition, offset, end, lag: Math.max(0, end - offset) };
  });
}

/** @returns messages, or null where some partition's end was never heard of */
export const lagOf = (partitions: readonly PartitionStatus[]): number | null =>
  partitions.some(({ lag }) => lag === null) ? null : partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0);

/** What is left of the way: to where a replay ends while there is one, else to the end. */
export function leftOf(stored: readonly StoredPartition[], lag: number | null): number {
  const again = stored.filter((one) => one.replaying);
  const left = again.reduce((sum, one) => sum + Math.max(0, one.reached - one.offset), 0);
  return left > 0 ? left : (lag ?? 0);
}

export const partitionKey = ({ topic, partition }: { topic: string; partition: number }): string =>
  `${topic}/${partition}`;
