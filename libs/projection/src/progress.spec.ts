import { describe, expect, it } from '@jest/globals';
import { ProgressMeter } from './progress.js';

describe('progress', () => {
  it('says how far, how fast and how long', () => {
    const meter = new ProgressMeter();
    meter.sample(10_000, 0);
    expect(meter.read()).toEqual({ done: 0, total: 10_000, ratePerSecond: 0, secondsLeft: null });
    meter.sample(8_000, 1_000);
    meter.sample(6_000, 2_000);
    expect(meter.read()).toEqual({ done: 4_000, total: 10_000, ratePerSecond: 2_000, secondsLeft: 3 });
    meter.sample(0, 5_000);
    expect(meter.read()).toBeNull();
  });

  it('begins anew where a reset makes the way long again', () => {
    const meter = new ProgressMeter();
    meter.sample(10_000, 0);
    meter.sample(100, 1_000);
    meter.sample(10_000, 2_000);
    expect(meter.read()).toEqual({ done: 0, total: 10_000, ratePerSecond: 0, secondsLeft: null });
  });
});
