import { describe, expect, it } from '@jest/globals';
import { contiguous } from './next-leaves.sql.js';

const hash = Buffer.alloc(32);
const facts = (...positions: number[]) => positions.map((position) => ({ position, hash, holds: true }));

describe('the next leaves', () => {
  it('are the facts without a gap behind the last one', () => {
    expect(contiguous([], 3, 10)).toEqual({ hashes: [], stoppedBy: null, more: false });
    expect(contiguous(facts(4, 5), 3, 10)).toEqual({ hashes: [hash, hash], stoppedBy: null, more: false });
    expect(contiguous(facts(4, 5, 7), 3, 10)).toMatchObject({ stoppedBy: { position: 6, why: 'missing' } });
    expect(contiguous(facts(5), 3, 10)).toMatchObject({ hashes: [], stoppedBy: { position: 4, why: 'missing' } });
  });

  it('are never one of two facts that claim a position, also where the page ends between them', () => {
    const stoppedBy = { position: 5, why: 'claimed-twice' };
    expect(contiguous(facts(4, 5, 5, 6), 3, 10)).toMatchObject({ hashes: [hash], stoppedBy });
    expect(contiguous(facts(4, 5, 5), 3, 2)).toMatchObject({ hashes: [hash], stoppedBy });
  });

  it('are no fact whose content is not what its hash says; of a type that nobody knows, the hash is taken', () => {
    const [first, second] = facts(1, 2);
    expect(
      contiguous(
        [
          { ...first!, holds: null },
          { ...second!, holds: false },
        ],
        0,
        10,
      ),
    ).toMatchObject({
      hashes: [hash],
      stoppedBy: { position: 2, why: 'hash-mismatch' },
    });
  });

  it('say that there are more', () => {
    expect(contiguous(facts(1, 2, 3), 0, 2)).toEqual({ hashes: [hash, hash], stoppedBy: null, more: true });
  });
});
