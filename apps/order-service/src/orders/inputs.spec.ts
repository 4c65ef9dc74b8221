import { describe, expect, it } from '@jest/globals';
import { formatInstant, now } from '@orderlog/instant';
import { pastInstant } from './inputs.js';

describe('a past instant', () => {
  it('may be of the millisecond that is running: clocks finer than ours are past its beginning', () => {
    for (let n = 0; n < 200; n += 1) {
      expect(pastInstant.safeParse(formatInstant(now() + 999)).success).toBe(true);
    }
  });

  it('is not in the future', () => {
    expect(pastInstant.safeParse(formatInstant(now() + 60_000_000)).success).toBe(false);
  });
});
