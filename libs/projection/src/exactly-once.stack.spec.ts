import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PartitionLost } from './failures.js';
import { assignment, batchOf, earned, givenThings } from './testing/things.js';

const { signal } = new AbortController();
let given: Awaited<ReturnType<typeof givenThings>>;
beforeEach(async () => {
  given = await givenThings();
});
afterEach(() => given.end());

describe('a batch that comes again', () => {
  const facts = [earned('a', 1, 5), earned('a', 2, 7), earned('b', 1, 11)];

  it('changes nothing', async () => {
    const runtime = given.runtime();
    await runtime.assigned(assignment(given.topic, 0, 3), signal);
    expect(await runtime.handle(batchOf(given.topic, 0, facts))).toBe(3);
    expect(await given.sums()).toEqual({ TEA: 23 });
    await runtime.handle(batchOf(given.topic, 0, facts));
    await runtime.handle(batchOf(given.topic, 1, facts.slice(1)));
    expect(await given.sums()).toEqual({ TEA: 23 });
  });

  it('changes nothing where the relay has sent an order’s tail twice, at later offsets', async () => {
    const runtime = given.runtime();
    await runtime.assigned(assignment(given.topic, 0, 3), signal);
    await runtime.handle(batchOf(given.topic, 0, [...facts, earned('a', 1, 5), earned('a', 2, 7)]));
    await runtime.handle(batchOf(given.topic, 5, [earned('a', 2, 7)]));
    expect(await given.sums()).toEqual({ TEA: 23 });
  });

  it('replaces what its events had produced, where they say something else now', async () => {
    const runtime = given.runtime();
    await runtime.assigned(assignment(given.topic, 0, 3), signal);
    await runtime.handle(batchOf(given.topic, 0, facts));
    await runtime.handle(batchOf(given.topic, 0, [earned('a', 1, 50, 'MILK')]));
    expect(await given.sums()).toEqual({ MILK: 50, TEA: 18 });
  });

  it('is known by order and version, so an older event that comes late still counts', async () => {
    const runtime = given.runtime();
    await runtime.assigned(assignment(given.topic, 0, 3), signal);
    await runtime.handle(batchOf(given.topic, 0, [facts[1]!]));
    await runtime.handle(batchOf(given.topic, 1, [facts[0]!]));
    expect(await given.sums()).toEqual({ TEA: 12 });
  });
});

describe('a member that has lost its partition', () => {
  it('cannot write, though it does not know yet', async () => {
    const [zombie, heir] = [given.runtime(), given.runtime()];
    await zombie.assigned(assignment(given.topic, 0, 2), signal);
    await heir.assigned(assignment(given.topic, 0, 2), signal);
    await expect(zombie.handle(batchOf(given.topic, 0, [earned('a', 1, 5)]))).rejects.toThrow(PartitionLost);
    expect(await given.sums()).toEqual({});
    expect(given.said.map(({ name }) => name)).toContain('projection.partition-lost');
    await heir.handle(batchOf(given.topic, 0, [earned('a', 1, 5)]));
    await expect(zombie.handle(batchOf(given.topic, 1, [earned('a', 2, 7)]))).rejects.toThrow(PartitionLost);
    expect(await given.sums()).toEqual({ TEA: 5 });
    const [row] = await given.query('select next_offset from revenue.partitions');
    expect(row).toEqual({ next_offset: '1' });
  });

  it('cannot write a batch that it began before the other came, once the other was there', async () => {
    const [zombie, heir] = [given.runtime(), given.runtime()];
    await zombie.assigned(assignment(given.topic, 0, 2), signal);
    // The heir draws its epoch while many of the zombie's batches are on their way: each is whole before it, or not there.
    const batches = Array.from({ length: 20 }, (_, index) => batchOf(given.topic, index, [earned('a', index + 1, 1)]));
    const outcomes: string[] = [];
    const writing = (async () => {
      for (const batch of batches) {
        outcomes.push(
          await zombie.handle(batch).then(
            () => 'written',
            (error: Error) => error.name,
          ),
        );
      }
    })();
    await heir.assigned(assignment(given.topic, 0, 2), signal);
    await writing;
    const written = outcomes.filter((outcome) => outcome === 'written').length;
    expect(outcomes.slice(written)).toEqual(Array(20 - written).fill('PartitionLost'));
    expect((await given.sums())['TEA'] ?? 0).toBe(written);
  });
});

describe('an assignment', () => {
  it('ahead of what was read is a hole, until all of it was read', async () => {
    const runtime = given.runtime();
    await runtime.assigned(assignment(given.topic, 0, 100), signal);
    await runtime.handle(batchOf(given.topic, 0, [earned('a', 1, 1), earned('a', 2, 1)]));
    await runtime.assigned(assignment(given.topic, 10, 100), signal);
    expect(await runtime.status()).toMatchObject({
      state: 'incomplete',
      incomplete: [{ partition: 0, from: 2, to: 10 }],
    });
    await runtime.handle(batchOf(given.topic, 10, [earned('b', 1, 1)]));
    await runtime.assigned(assignment(given.topic, 2, 100), signal);
    expect(await runtime.status()).toMatchObject({ state: 'replaying' });
    const missed = Array.from({ length: 5 }, (_, index) => earned('c', index + 1, 1));
    await runtime.handle(batchOf(given.topic, 2, missed));
    expect((await runtime.status()).incomplete).toMatchObject([{ from: 7, to: 10 }]);
    await runtime.handle(batchOf(given.topic, 7, [...missed.slice(0, 3), earned('b', 1, 1)]));
    expect(await runtime.status()).toMatchObject({ state: 'running', incomplete: [] });
    expect(await given.sums()).toEqual({ TEA: 8 });
  });

  it('behind what was read, but ahead of where a replay has come, is no hole', async () => {
    const runtime = given.runtime();
    await runtime.assigned(assignment(given.topic, 0, 100), signal);
    await runtime.handle(
      batchOf(
        given.topic,
        0,
        Array.from({ length: 10 }, (_, index) => earned('a', index + 1, 1)),
      ),
    );
    await runtime.assigned(assignment(given.topic, 0, 100), signal);
    await runtime.assigned(assignment(given.topic, 6, 100), signal);
    expect(await runtime.status()).toMatchObject({ state: 'replaying', incomplete: [] });
  });

  it('does not take the gaps of compaction for holes', async () => {
    const runtime = given.runtime();
    await runtime.assigned(assignment(given.topic, 0, 100), signal);
    await runtime.handle(batchOf(given.topic, 0, [earned('a', 1, 1)]));
    await runtime.handle(batchOf(given.topic, 40, [earned('a', 2, 1)]));
    expect(await runtime.status()).toMatchObject({ state: 'running', incomplete: [] });
  });
});
