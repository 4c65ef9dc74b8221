import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('returns what the check returned, once it holds', async () => {
    let tries = 0;
    const answer = await eventually({ withinMs: 2_000, everyMs: 5 }, () => {
      expect(++tries).toBeGreaterThan(2);
      return 'held';
    });
    expect([answer, tries]).toEqual(['held', 3]);
  });

  it('throws the last failed expectation when the time is over', async () => {
    let tries = 0;
    const waiting = eventually({ withinMs: 60, everyMs: 20 }, () => expect(`try ${++tries}`).toBe('never'));
    const error = await waiting.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(tries).toBeGreaterThan(1);
    expect(error?.message).toContain(`try ${tries}`);
  });

  it('throws anything but a failed expectation at once', async () => {
    let tries = 0;
    const waiting = eventually({ withinMs: 2_000 }, () => {
      tries++;
      throw new TypeError('a fault of the test');
    });
    await expect(waiting).rejects.toThrow('a fault of the test');
    expect(tries).toBe(1);
  });

  it('looks once more when the time is over, which passed while the process was stopped', async () => {
    let tries = 0;
    const answer = await eventually({ withinMs: 200, everyMs: 20 }, () => {
      if (++tries === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
      expect(tries).toBe(2);
      return 'held';
    });
    expect(answer).toBe('held');
  });

  it('does not wait for a check that never answers', async () => {
    const waiting = eventually({ withinMs: 30 }, () => new Promise(() => undefined));
    await expect(waiting).rejects.toThrow('did not answer within 30 ms');
  });
});
