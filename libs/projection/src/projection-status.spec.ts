import { describe, expect, it } from '@jest/globals';
import { lagOf, leftOf, partitionsOf, stateOf } from './projection-status.js';

const well = {
  ...{ stopped: false, failure: undefined, parked: { orders: 0, limit: 3 } },
  ...{ joining: false, replaying: false, holes: 0 },
};

describe('a projection’s state', () => {
  it.each([
    [{}, 'running'],
    [{ holes: 1 }, 'incomplete'],
    [{ holes: 1, replaying: true }, 'replaying'],
    [{ joining: true, replaying: true }, 'stopped'],
    [{ parked: { orders: 3, limit: 3 }, replaying: true }, 'failed'],
    [{ failure: 'Kafka said no', joining: true }, 'failed'],
    [{ stopped: true, failure: 'x', holes: 1 }, 'stopped'],
  ])('with %j is %s', (what, state) => {
    expect(stateOf({ ...well, ...what })[0]).toBe(state);
  });
});

describe('a projection’s lag', () => {
  const at = { topic: 't', replaying: false, untaken: false, holes: [] };
  const stored = [{ ...at, partition: 0, offset: 5, reached: 9 }];
  const ends = [0, 1].map((partition) => ({ topic: 't', partition, earliest: 2, end: 10 }));

  it('counts every partition that the topic has, also one that nobody has taken yet', () => {
    const partitions = partitionsOf(stored, ends);
    expect(partitions).toMatchObject([
      { partition: 0, offset: 5, lag: 5 },
      { partition: 1, offset: 2, lag: 8 },
    ]);
    expect(lagOf(partitions)).toBe(13);
  });

  it('is not known while the ends were never heard of', () => {
    expect(lagOf(partitionsOf(stored, undefined))).toBeNull();
  });

  it('is not what is left of a replay: that ends where reading had come before', () => {
    expect(leftOf(stored, 5)).toBe(5);
    expect(leftOf([{ ...stored[0]!, replaying: true }], 5)).toBe(4);
  });
});
