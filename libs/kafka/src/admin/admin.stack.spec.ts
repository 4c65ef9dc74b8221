import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { brokersOf, kafkaClient } from '../connection.js';
import { checkTopics, ensureTopics, TopicMismatch } from './ensure-topics.js';
import { describeGroup, GroupNotEmpty, resetGroup, waitForEmptyGroup } from './groups.js';
import { withAdmin } from './kafka-admin.js';
import { committedOffsets, offsetsAt, topicOffsets } from './offsets.js';
import { WaitedTooLong } from './until.js';
import { waitForKafka } from './wait-for-kafka.js';

jest.setTimeout(90_000);
const connection = { brokers: brokersOf(process.env.KAFKA_BROKERS ?? ''), clientId: 'admin-test' };
const prefix = `admin-test-${randomUUID().slice(0, 8)}.`;
const topic = `${prefix}things`;
const definition = { topic, partitions: 2, configs: { 'cleanup.policy': 'compact' } };
const hour = 3_600_000;
const began = Date.now() - 10 * hour;

beforeAll(async () => {
  await waitForKafka(connection, { limitMs: 30_000 });
  await withAdmin(connection, (kafka) => ensureTopics(kafka, [definition]));
  const producer = kafkaClient(connection).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const at = (index: number) => ({
    key: `k${index}`,
    value: 'v',
    partition: 0,
    timestamp: String(began + index * hour),
  });
  await producer.send({ topic, messages: [0, 1, 2, 3, 4].map(at) });
  await producer.disconnect();
});
afterAll(() => withAdmin(connection, ({ admin }) => admin.deleteTopics({ topics: [topic] })));

describe('the topics', () => {
  it('are made where they are missing, by several at once', async () => {
    const fresh = [1, 2, 3].map((index) => ({ ...definition, topic: `${prefix}fresh-${index}` }));
    const ensure = () => withAdmin(connection, (kafka) => ensureTopics(kafka, fresh));
    await Promise.all([ensure(), ensure(), ensure()]);
    expect(await ensure()).toEqual({ made: [], found: fresh.map((one) => one.topic) });
    await withAdmin(connection, ({ admin }) => admin.deleteTopics({ topics: fresh.map((one) => one.topic) }));
  });

  it('are refused where they stand with another shape, each difference in a sentence', async () => {
    const other = { topic, partitions: 3, configs: { 'cleanup.policy': 'delete' } };
    const refused = withAdmin(connection, (kafka) => ensureTopics(kafka, [other]));
    await expect(refused).rejects.toMatchObject({
      differences: [`${topic} has 2 partitions, not 3`, `${topic} has cleanup.policy=compact, not delete`],
    });
    const missing = withAdmin(connection, (kafka) =>
      checkTopics(kafka, [definition, { ...definition, topic: `${prefix}no` }]),
    );
    await expect(missing).rejects.toThrow(TopicMismatch);
  });
});

describe('offsets', () => {
  it('have bounds, and are found by time, with null where nothing is that late', async () => {
    await withAdmin(connection, async (kafka) => {
      expect(await topicOffsets(kafka, topic)).toEqual([
        { partition: 0, earliest: 0, end: 5 },
        { partition: 1, earliest: 0, end: 0 },
      ]);
      const at = async (instant: number) => (await offsetsAt(kafka, topic, instant)).map(({ offset }) => offset);
      expect(await at((began + 3 * hour) * 1000)).toEqual([3, null]);
      expect(await at((began + 3 * hour) * 1000 + 1)).toEqual([4, null]);
      expect(await at((Date.now() + 10 * hour) * 1000)).toEqual([null, null]);
    });
  });
});

describe('a group', () => {
  it('is moved while it is empty: to earliest, to an instant, by shift, one partition alone', async () => {
    const group = `${prefix}group`;
    await withAdmin(connection, async (kafka) => {
      const offsets = async () => (await committedOffsets(kafka, group, topic)).map(({ offset }) => offset);
      expect((await describeGroup(kafka, group)).state).toBe('none');
      expect(await offsets()).toEqual([null, null]);
      expect(await resetGroup(kafka, group, topic, 'latest')).toMatchObject([{ to: 5 }, { to: 0 }]);
      expect(await offsets()).toEqual([5, 0]);
      expect((await describeGroup(kafka, group)).state).toBe('empty');
      await resetGroup(kafka, group, topic, { shift: -2 }, { partitions: [0] });
      expect(await offsets()).toEqual([3, 0]);
      const late = await resetGroup(kafka, group, topic, { instant: (began + hour) * 1000 });
      expect(late).toEqual([
        { partition: 0, from: 3, to: 1 },
        { partition: 1, from: 0, to: 0, note: 'no message is that late: the end' },
      ]);
      await resetGroup(kafka, group, topic, 'earliest', { dryRun: true });
      expect(await offsets()).toEqual([1, 0]);
      expect(await resetGroup(kafka, group, topic, { shift: 100 }, { partitions: [0] })).toEqual([
        { partition: 0, from: 1, to: 5, note: '101 is outside of 0 to 5' },
      ]);
      await expect(resetGroup(kafka, group, topic, 'earliest', { partitions: [7] })).rejects.toThrow('no partition 7');
    });
  });

  it('is left alone while somebody is a member', async () => {
    const group = `${prefix}busy`;
    const consumer = kafkaClient(connection).consumer({ groupId: group });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ eachBatch: async () => undefined });
    await joined;
    await withAdmin(connection, async (kafka) => {
      await expect(resetGroup(kafka, group, topic, 'earliest')).rejects.toThrow(GroupNotEmpty);
      await expect(waitForEmptyGroup(kafka, group, { limitMs: 300 })).rejects.toThrow(WaitedTooLong);
      await consumer.disconnect();
      await waitForEmptyGroup(kafka, group, { limitMs: 30_000 });
      await resetGroup(kafka, group, topic, 'earliest');
    });
  });

  it('is waited for only so long where Kafka is away', async () => {
    const away = { brokers: ['127.0.0.1:1'], clientId: 'admin-test', connectTimeoutMs: 200 };
    await expect(waitForKafka(away, { limitMs: 600 })).rejects.toThrow('does not answer at 127.0.0.1:1');
  });
});
