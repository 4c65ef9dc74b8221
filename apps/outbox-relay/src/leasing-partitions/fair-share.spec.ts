import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fairShare } from './fair-share.js';

describe('a fair share', () => {
  it('adds up to all partitions and differs by one at most', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 9 }), (partitions, relays) => {
        const shares = relays.map((relay) => fairShare(partitions, relays, relay));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(partitions);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is nothing for a relay that nobody has seen', () => {
    expect(fairShare(6, ['a'], 'b')).toBe(0);
  });
});
