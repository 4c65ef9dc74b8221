import type { Instant } from '@orderlog/instant';
import type { KafkaAdmin } from './kafka-admin.js';
import { committedOffsets, offsetsAt, topicOffsets } from './offsets.js';
import { until } from './until.js';

export interface GroupDescription {
  groupId: string;
  /** `none`: Kafka has never heard of it, or has forgotten it. */
  state: 'none' | 'empty' | 'preparing-rebalance' | 'completing-rebalance' | 'stable';
  members: { memberId: string; clientId: string; host: string }[];
}

/** Somebody is a member, so the group's offsets are not ours to move. */
export class GroupNotEmpty extends Error {
  constructor(readonly group: GroupDescription) {
    const who = group.members.map(({ clientId, host }) => `${clientId} at ${host}`).join(', ');
    super(`the group ${group.groupId} is ${group.state}${who && `, with ${who}`}: stop its members first`);
    this.name = 'GroupNotEmpty';
  }
}

const states: Record<string, GroupDescription['state']> = {
  Dead: 'none',
  Empty: 'empty',
  PreparingRebalance: 'preparing-rebalance',
  CompletingRebalance: 'completing-rebalance',
  Stable: 'stable',
};

export async function describeGroup({ admin }: Pick<KafkaAdmin, 'admin'>, groupId: string): Promise<GroupDescription> {
  const { groups } = await admin.describeGroups([groupId]);
  const group = groups[0];
  const state = states[group?.state ?? 'Dead'];
  if (!state) throw new Error(`Kafka says that the group ${groupId} is ${group?.state}, which we do not know`);
  const members = (group?.members ?? []).map(({ memberId, clientId, clientHost }) => ({
    memberId,
    clientId,
    host: clientHost,
  }));
  return { groupId, state, members };
}

/** Waits until a group has no members: those that left are gone at once, one that died only after its session timeout. */
export async function waitForEmptyGroup(
  kafka: Pick<KafkaAdmin, 'admin'>,
  groupId: string,
  { limitMs = 60_000 }: { limitMs?: number } = {},
): Promise<void> {
  await until(
    async () => {
      const group = await describeGroup(kafka, groupId);
      return group.state === 'empty' || group.state === 'none' ? true : new GroupNotEmpty(group);
    },
    { limitMs },
  );
}

/** Where a group's offsets are to go. `shift`: by so many messages, back where negative. */
export type ResetTo = 'earliest' | 'latest' | { instant: Instant } | { shift: number } | { offset: number };

export interface OffsetMove {
  partition: number;
  from: number | null;
  to: number;
  /** What one may not expect of it: no message that late, or the shift went over an end. */
  note?: string;
}

/**
 * Moves the committed offsets of an empty group, as Kafka's own tool does: without joining it.
 * @param options.partitions only these; by default all of the topic
 * @param options.dryRun says what would be done
 * @throws GroupNotEmpty
 */
export async function resetGroup(
  kafka: KafkaAdmin,
  groupId: string,
  topic: string,
  to: ResetTo,
  options: { partitions?: readonly number[]; dryRun?: boolean } = {},
): Promise<OffsetMove[]> {
  const group = await describeGroup(kafka, groupId);
  if (group.state !== 'empty' && group.state !== 'none') throw new GroupNotEmpty(group);
  const bounds = await topicOffsets(kafka, topic);
  const committed = await committedOffsets(kafka, groupId, topic);
  const byTime = typeof to === 'object' && 'instant' in to ? await offsetsAt(kafka, topic, to.instant) : [];
  const unknown = options.partitions?.filter((wanted) => !bounds.some(({ partition }) => partition === wanted)) ?? [];
  if (unknown.length > 0) throw new Error(`${topic} has no partition ${unknown.join(', ')}`);
  const moves = bounds
    .filter(({ partition }) => options.partitions?.includes(partition) ?? true)
    .map(({ partition, earliest, end }): OffsetMove => {
      const from = committed.find((one) => one.partition === partition)?.offset ?? null;
      const at = (wanted: number, note?: string): OffsetMove => {
        const bounded = Math.min(Math.max(wanted, earliest), end);
        const clipped = bounded === wanted ? note : `${wanted} is outside of ${earliest} to ${end}`;
        return { partition, from, to: bounded, ...(clipped !== undefined && { note: clipped }) };
      };
      if (to === 'earliest') return at(earliest);
      if (to === 'latest') return at(end);
      if ('offset' in to) return at(to.offset);
      if ('shift' in to) return at((from ?? earliest) + to.shift);
      const found = byTime.find((one) => one.partition === partition)?.offset ?? null;
      return found === null ? at(end, 'no message is that late: the end') : at(found);
    });
  if (!options.dryRun && moves.length > 0) {
    const coordinator = await kafka.cluster.findGroupCoordinator({ groupId });
    await coordinator.offsetCommit({
      groupId,
      groupGenerationId: -1,
      memberId: '',
      topics: [
        { topic, partitions: moves.map(({ partition, to: offset }) => ({ partition, offset: String(offset) })) },
      ],
    });
  }
  return moves;
}
