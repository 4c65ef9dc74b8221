import { describe, expect, it } from '@jest/globals';
import { duration, pounds } from './numbers.js';
import { Progress } from './progress.js';

/** A screen that remembers, and a clock that is set by hand. */
function stage(isTTY: boolean) {
  const written: string[] = [];
  let at = 0;
  const screen = { isTTY, columns: 60, write: (text: string) => written.push(text) };
  const progress = new Progress({ what: 'storing', unit: 'orders', screen, now: () => at });
  return { written, progress, after: (ms: number) => (at += ms) };
}

describe('progress', () => {
  it('is a line now and then where there is no terminal, with rate and time left', () => {
    const { written, progress, after } = stage(false);
    after(1_000);
    progress.at(100, 1_000);
    after(1_000);
    progress.at(200, 1_000);
    after(1_000);
    progress.at(300, 1_000);
    after(1_000);
    progress.at(600, 1_000, '3 refused');
    expect(written).toEqual([
      'storing: 200 of 1,000 orders (20 %), 100/s, 8.0 s left\n',
      'storing: 600 of 1,000 orders (60 %), 150/s, 2.7 s left, 3 refused\n',
    ]);
  });

  it('is one line that is drawn anew on a terminal, never wider than it', () => {
    const { written, progress, after } = stage(true);
    for (let done = 0; done < 20; done++) {
      after(50);
      progress.at(done * 1_000_000, 100_000_000, 'a word that does not fit any more');
    }
    progress.end('done');
    expect(written.length).toBeLessThan(14);
    expect(written[0]).toMatch(/^\r\x1b\[K/);
    for (const text of written) expect(text.replace(/^\r\x1b\[K/, '').length).toBeLessThan(60);
    expect(written.at(-1)).toBe('storing: done\n');
  });

  it('tells the rate of the last seconds, not of all', () => {
    const { written, progress, after } = stage(false);
    for (let second = 1; second <= 20; second++) {
      after(1_000);
      progress.at(second <= 10 ? second * 1_000 : 10_000 + (second - 10) * 10, 20_000);
    }
    expect(written.at(-1)).toContain(', 10/s,');
  });
});

describe('numbers for people', () => {
  it.each([
    [0n, '£0.00'],
    [5n, '£0.05'],
    [-123456n, '-£1,234.56'],
    [900719925474099312345n, '£9,007,199,254,740,993,123.45'],
  ])('%s pennies are %s', (pennies, text) => expect(pounds(pennies)).toBe(text));

  it.each([
    [80, '0.1 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [119_000, '119 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 05 min'],
  ])('%d ms are %s', (ms, text) => expect(duration(ms)).toBe(text));
});
