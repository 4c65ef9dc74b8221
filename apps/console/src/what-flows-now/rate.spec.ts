import { describe, expect, it } from '@jest/globals';
import { Rate } from './rate.js';

describe('a rate', () => {
  it('is what came in the last seconds', () => {
    const rate = new Rate();
    expect(rate.perSecond()).toBeNull();
    rate.note(100, 0);
    expect(rate.perSecond()).toBeNull();
    rate.note(150, 10_000);
    rate.note(250, 20_000);
    expect(rate.perSecond(10_000)).toBe(10);
    expect(rate.perSecond(20_000)).toBe(7.5);
    expect(rate.history(2_000)).toEqual([5, 10]);
  });

  it('begins again with a counter that began again', () => {
    const rate = new Rate();
    rate.note(1_000, 0);
    rate.note(3, 1_000);
    rate.note(8, 2_000);
    expect(rate.perSecond()).toBe(5);
  });

  it('forgets what is long ago', () => {
    const rate = new Rate(4_000);
    for (let second = 0; second <= 60; second += 2) rate.note(second * 10, second * 1_000);
    expect(rate.history(2_000)).toEqual([10, 10]);
  });
});
