import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ensureTopics, withAdmin } from '@orderlog/kafka';
import { eventually } from '@orderlog/local-stack';
import { partitionOf } from '@orderlog/order-contract';
import { log } from '../signals.js';
import { givenOutbox, type Outbox } from '../test-kit/given-outbox.js';

jest.setTimeout(90_000);
let outbox: Outbox;
beforeEach(async () => {
  outbox = await givenOutbox({ 'max.message.bytes': '5000' });
});
afterEach(() => outbox.remove());

describe('a row that Kafka refuses for what it is', () => {
  it('holds its partition, loudly, and no other; everything goes on when it is taken', async () => {
    const [own, other] = ['order-a', 'order-b'];
    expect(partitionOf(own)).not.toBe(partitionOf(other));
    await outbox.keeps([own], { from: 1, to: 2 });
    await outbox.keeps([own], { from: 3, to: 3 }, 9_000);
    await outbox.keeps([own, other], { from: 4, to: 5 });
    const blocked = log.heard('relay.blocked', { withinMs: 30_000, where: ({ key }) => key === `${own}:3` });
    const relay = outbox.relay();
    expect(await blocked).toMatchObject({
      partition: partitionOf(own),
      topic: outbox.topics.events,
      reason: 'MESSAGE_TOO_LARGE',
    });
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(6)); // its third version and what follows
    expect(relay.status().find(({ partition }) => partition === partitionOf(own))).toMatchObject({
      state: 'blocked',
      why: expect.stringContaining(`key ${own}:3`),
    });
    expect(relay.status().filter(({ state }) => state === 'blocked')).toHaveLength(1);
    const before = await outbox.written(outbox.topics.events);
    expect(before.map(({ key }) => key).sort()).toEqual([`${own}:1`, `${own}:2`, `${other}:4`, `${other}:5`].sort());

    const unblocked = log.heard('relay.unblocked', { withinMs: 60_000 });
    // The whole set of what is not a default: kafkajs knows no other way.
    const configEntries = [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'max.message.bytes', value: '100000' },
    ];
    const resources = Object.values(outbox.topics).map((name) => ({ type: 2, name, configEntries }));
    await withAdmin(outbox.kafka, ({ admin }) => admin.alterConfigs({ validateOnly: false, resources }));
    await unblocked;
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
    const keys = (await outbox.written(outbox.topics.events))
      .map(({ key }) => key)
      .filter((key) => key.startsWith(own));
    expect([...new Set(keys)]).toEqual([1, 2, 3, 4, 5].map((version) => `${own}:${version}`));
  });

  it('may be one whose topic does not exist yet', async () => {
    await withAdmin(outbox.kafka, async ({ admin }) => {
      await admin.deleteTopics({ topics: [outbox.topics.state] });
      // A broker takes records for a moment after the answer: until it has heard of it itself.
      await eventually({ withinMs: 30_000 }, async () =>
        expect(await admin.listTopics()).not.toContain(outbox.topics.state),
      );
    });
    await outbox.keeps(['order-a'], { from: 1, to: 1 });
    const blocked = log.heard('relay.blocked', {
      withinMs: 30_000,
      where: ({ topic }) => topic === outbox.topics.state,
    });
    outbox.relay();
    expect(await blocked).toMatchObject({ reason: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await withAdmin(outbox.kafka, (kafka) =>
      ensureTopics(kafka, [{ topic: outbox.topics.state, partitions: 6, configs: {} }]),
    );
    await eventually({ withinMs: 40_000 }, async () => expect(await outbox.waiting()).toBe(0));
  });

  it('may be for a partition that nobody has: it is seen all the same', async () => {
    await outbox.owner.query(
      `insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, timestamp) values ($1, 'o', 'T', 'x', 'k', 8, now())`,
      [outbox.topics.events],
    );
    const blocked = log.heard('relay.blocked', { withinMs: 30_000, where: ({ partition }) => partition === 8 });
    outbox.relay();
    expect(await blocked).toMatchObject({ reason: `${outbox.topics.events} has no partition 8` });
  });
});
