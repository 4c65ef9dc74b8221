import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { describeGroup, resetGroup } from '../admin/groups.js';
import { withAdmin } from '../admin/kafka-admin.js';
import { committedOffsets } from '../admin/offsets.js';
import { eventually, testConnection, testTopic } from '../testing/test-topic.js';
import { consumeBatches, type BatchConsumer, type BatchConsumerOptions } from './batch-consumer.js';
import { AssignmentLost, headerText, type AssignedPartition, type ReceivedBatch } from './received-batch.js';

jest.setTimeout(60_000);
type Topic = Awaited<ReturnType<typeof testTopic>>;
const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});
const given = async (partitions: number): Promise<Topic> => {
  const topic = await testTopic(partitions);
  cleanUp.push(topic.remove);
  return topic;
};
const values = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `m${from + index}`);
const textOf = (batch: ReceivedBatch) => batch.messages.map(({ value }) => value?.toString() ?? 'tombstone');

/** A member that keeps what it was handed. */
function member(topic: Topic, options: Partial<BatchConsumerOptions> = {}) {
  const seen = {
    batches: [] as ReceivedBatch[],
    values: [] as string[],
    assigned: [] as AssignedPartition[][],
    failures: [] as [Error, boolean][],
  };
  const consumer: BatchConsumer = consumeBatches({
    connection: testConnection,
    groupId: topic.group,
    topics: [topic.topic],
    sessionTimeoutMs: 8_000,
    onFailure: (...failure) => seen.failures.push(failure),
    ...options,
    onAssigned: async (partitions, signal) => {
      seen.assigned.push(partitions);
      return options.onAssigned?.(partitions, signal);
    },
    handle: async (batch) => {
      const next = await options.handle?.(batch);
      seen.batches.push(batch);
      seen.values.push(...textOf(batch));
      return next;
    },
  });
  cleanUp.push(() => consumer.stop());
  return { consumer, seen };
}
const committed = (topic: Topic) =>
  withAdmin(testConnection, async (kafka) =>
    (await committedOffsets(kafka, topic.group, topic.topic)).map(({ offset }) => offset),
  );

describe('a member of a group', () => {
  it('is handed whole batches in order, and goes on where it has committed', async () => {
    const topic = await given(1);
    await topic.send(0, values(0, 5));
    const { consumer, seen } = member(topic);
    await consumer.start();
    expect(consumer.state).toBe('running');
    expect(seen.assigned).toEqual([
      [{ topic: topic.topic, partition: 0, committedOffset: null, beginOffset: 0, earliestOffset: 0, endOffset: 5 }],
    ]);
    await eventually(() => expect(seen.values).toEqual(values(0, 5)));
    expect(seen.batches[0]).toMatchObject({ fetchedOffset: 0, nextOffset: 5, highWatermark: 5, partition: 0 });
    expect(seen.batches[0]?.messages[3]).toMatchObject({ offset: 3, key: Buffer.from('m3'), value: Buffer.from('m3') });
    expect(headerText(seen.batches[0]!.messages[0]!, 'none')).toBeUndefined();
    await eventually(async () => expect(await committed(topic)).toEqual([5]));
    await consumer.stop();
    expect(await withAdmin(testConnection, (kafka) => describeGroup(kafka, topic.group))).toMatchObject({
      state: 'empty',
    });
    await topic.send(0, values(5, 8));
    await consumer.start();
    await eventually(() => expect(seen.values).toEqual(values(0, 8)));
    expect(seen.failures).toEqual([]);
  });

  it('reads again from where its handler says', async () => {
    const topic = await given(1);
    await topic.send(0, values(0, 6));
    let round = 0;
    const { consumer, seen } = member(topic, {
      handle: async (batch) => {
        round++;
        if (round === 1) return 4; // two of the six are not done
        if (round === 2) return batch.fetchedOffset; // nothing is done
        if (round === 3) return 1; // back
      },
    });
    await consumer.start();
    await eventually(() => expect(seen.batches.map(({ fetchedOffset }) => fetchedOffset)).toEqual([0, 4, 4, 1]));
    await eventually(async () => expect(await committed(topic)).toEqual([6]));
  });

  it('sees at its assignment that somebody has reset the group, and may begin elsewhere', async () => {
    const topic = await given(1);
    await topic.send(0, values(0, 9));
    const from: { elsewhere?: number } = {};
    const { consumer, seen } = member(topic, {
      onAssigned: async ([one]) =>
        from.elsewhere === undefined || !one ? undefined : [{ ...one, offset: from.elsewhere }],
    });
    await consumer.start();
    await eventually(async () => expect(await committed(topic)).toEqual([9]));
    await consumer.stop();
    await withAdmin(testConnection, (kafka) => resetGroup(kafka, topic.group, topic.topic, { shift: -3 }));
    await consumer.start();
    expect(seen.assigned.at(-1)).toMatchObject([{ committedOffset: 6, beginOffset: 6, endOffset: 9 }]);
    await eventually(() => expect(seen.values).toEqual([...values(0, 9), ...values(6, 9)]));
    await eventually(async () => expect(await committed(topic)).toEqual([9]));
    await consumer.stop();
    from.elsewhere = 7;
    await consumer.start();
    await eventually(() => expect(seen.values.slice(12)).toEqual(values(7, 9)));
  });

  it('leaves the group when its handler throws, commits nothing, and never skips the batch', async () => {
    const topic = await given(1);
    await topic.send(0, values(0, 3));
    let broken = true;
    const { consumer, seen } = member(topic, {
      handle: async () => {
        if (broken) throw new Error('the database said no');
      },
    });
    await consumer.start();
    await eventually(() => expect(seen.failures).toHaveLength(1));
    expect(seen.failures[0]).toEqual([expect.objectContaining({ message: 'the database said no' }), false]);
    expect(consumer.state).toBe('failed');
    expect(await withAdmin(testConnection, (kafka) => describeGroup(kafka, topic.group))).toMatchObject({
      state: 'empty',
    });
    expect(await committed(topic)).toEqual([null]);
    broken = false;
    await consumer.start();
    await eventually(() => expect(seen.values).toEqual(values(0, 3)));
  });

  it('finishes its batch and commits it when it is stopped', async () => {
    const topic = await given(1);
    await topic.send(0, values(0, 3));
    const begun = Promise.withResolvers<void>();
    const { consumer } = member(topic, {
      handle: async (batch) => {
        begun.resolve();
        while (!batch.isStopping()) await new Promise((later) => setTimeout(later, 10));
        await new Promise((later) => setTimeout(later, 500));
        expect(batch.isStale()).toBe(false);
        await batch.heartbeat();
      },
    });
    await consumer.start();
    await begun.promise;
    await consumer.stop();
    expect(await committed(topic)).toEqual([3]);
    expect(await withAdmin(testConnection, (kafka) => describeGroup(kafka, topic.group))).toMatchObject({
      state: 'empty',
    });
  });

  it('holds a partition that is paused, and no other', async () => {
    const topic = await given(2);
    const { consumer, seen } = member(topic);
    consumer.pause([{ topic: topic.topic, partition: 1 }]);
    await consumer.start();
    await topic.send(0, ['zero']);
    await topic.send(1, ['one']);
    await eventually(() => expect(seen.values).toEqual(['zero']));
    await new Promise((later) => setTimeout(later, 600));
    expect(seen.values).toEqual(['zero']);
    consumer.resume([{ topic: topic.topic, partition: 1 }]);
    await eventually(() => expect(seen.values).toEqual(['zero', 'one']));
  });
});

describe('a rebalance', () => {
  it('stops the running batch at once, commits nothing of it, and loses no message', async () => {
    const topic = await given(2);
    await topic.send(0, values(0, 4));
    await topic.send(1, values(4, 8));
    const told: unknown[] = [];
    let slow = true;
    const handle = async (batch: ReceivedBatch) => {
      while (slow) {
        await new Promise((later) => setTimeout(later, 20));
        await batch.heartbeat().catch((error: unknown) => {
          told.push(error);
          throw error;
        });
      }
    };
    const revoked: number[] = [];
    const first = member(topic, {
      handle,
      partitionsConsumedConcurrently: 2,
      onRevoked: (partitions) => void revoked.push(partitions.length),
    });
    await first.consumer.start();
    const second = member(topic, { handle: async () => undefined });
    await second.consumer.start();
    expect(told.length).toBeGreaterThan(0);
    for (const error of told) expect(error).toBeInstanceOf(AssignmentLost);
    expect(revoked).toEqual([2]);
    slow = false;
    await eventually(() => expect([...first.seen.values, ...second.seen.values].sort()).toEqual(values(0, 8)), 20_000);
    expect(first.consumer.assigned()).toHaveLength(1);
    expect(second.consumer.assigned()).toHaveLength(1);
    await eventually(async () => expect(await committed(topic)).toEqual([4, 4]));
    expect([...first.seen.failures, ...second.seen.failures]).toEqual([]);
  });

  it('does not let a batch of the older assignment commit, though its handler goes on', async () => {
    const topic = await given(1);
    await topic.send(0, values(0, 4));
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const stuck = member(topic, {
      sessionTimeoutMs: 6_000,
      handle: async (batch) => {
        if (begun) begun.resolve();
        await release.promise; // never says that it lives
        await batch.heartbeat().catch(() => undefined);
      },
    });
    await stuck.consumer.start();
    await begun.promise;
    const other = member(topic, { sessionTimeoutMs: 6_000 });
    await other.consumer.start(); // once the group has missed the first
    await eventually(() => expect(other.seen.values).toEqual(values(0, 4)), 20_000);
    await topic.send(0, values(4, 6));
    await eventually(async () => expect(await committed(topic)).toEqual([6]));
    release.resolve();
    await eventually(() => expect(stuck.seen.batches).toHaveLength(1));
    await new Promise((later) => setTimeout(later, 500));
    expect(await committed(topic)).toEqual([6]);
  });
});
