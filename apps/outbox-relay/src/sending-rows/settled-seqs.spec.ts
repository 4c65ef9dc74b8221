import { describe, expect, it } from '@jest/globals';
import { SettledSeqs } from './settled-seqs.js';

describe('a settled seq', () => {
  const given = () => {
    const clock = { now: 0 };
    return { clock, seqs: new SettledSeqs(10_000, () => clock.now) };
  };

  it('is one that was seen before any writer that lives now began', () => {
    const { clock, seqs } = given();
    seqs.saw(7);
    expect(seqs.settled()).toBe(0);
    clock.now = 10_000;
    expect(seqs.settled()).toBe(0);
    clock.now = 10_001;
    expect(seqs.settled()).toBe(7);
  });

  it('never runs ahead: a seq that was seen later waits for its own time', () => {
    const { clock, seqs } = given();
    seqs.saw(7);
    clock.now = 5_000;
    seqs.saw(20);
    seqs.saw(3); // a smaller one that became visible late moves nothing back
    clock.now = 12_000;
    expect(seqs.settled()).toBe(7);
    clock.now = 15_001;
    expect(seqs.settled()).toBe(20);
  });

  it('begins anew after a surprise, as after a store that was put back', () => {
    const { clock, seqs } = given();
    seqs.saw(900);
    clock.now = 11_000;
    expect(seqs.settled()).toBe(900);
    seqs.forget();
    expect(seqs.settled()).toBe(0);
    seqs.saw(40);
    clock.now = 22_000;
    expect(seqs.settled()).toBe(40);
  });

  it('is told of many rows and remembers few', () => {
    const { clock, seqs } = given();
    for (let seq = 1; seq <= 100_000; seq++) {
      clock.now = seq / 100; // a second of rows
      seqs.saw(seq);
    }
    clock.now = 30_000;
    expect(seqs.settled()).toBeGreaterThan(40_000);
    expect(seqs.settled()).toBeLessThanOrEqual(100_000);
  });
});
