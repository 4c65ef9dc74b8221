import { describe, expect, it } from '@jest/globals';
import { TimedOut, within } from './within.js';

describe('within', () => {
  it('hands on what came in time, and what was thrown in time', async () => {
    await expect(within(1_000, 'it', async () => 7)).resolves.toBe(7);
    await expect(within(1_000, 'it', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('does not wait for ever, and tells the work to stop', async () => {
    let told = false;
    const never = within(5, 'the broker', (signal) => {
      signal.addEventListener('abort', () => (told = true));
      return new Promise<never>(() => {});
    });
    await expect(never).rejects.toEqual(new TimedOut('the broker', 5));
    expect(told).toBe(true);
  });
});
