import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Mailboxes } from './mailboxes.js';

const roomy = { perOrder: 1_000, altogether: 10_000, waitLimitMs: 10_000 };

describe('mailboxes', () => {
  it('do one command an order at a time, in the order of arrival', async () => {
    const boxes = new Mailboxes(roomy);
    const seen: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 600 }, (_, n) =>
        boxes.run('a', async () => {
          expect((inside += 1)).toBe(1);
          await Promise.resolve();
          seen.push(n);
          inside -= 1;
        }),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 600 }, (_, n) => n));
    expect(boxes.waiting).toBe(0);
  });

  it('let other orders pass', async () => {
    const boxes = new Mailboxes(roomy);
    const slow = boxes.run('a', () => sleep(30, 'slow'));
    expect(await Promise.race([slow, boxes.run('b', async () => 'quick')])).toBe('quick');
    await slow;
  });

  it('go on after one that failed', async () => {
    const boxes = new Mailboxes(roomy);
    const failing = boxes.run('a', () => Promise.reject(new Error('no')));
    const next = boxes.run('a', async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });

  it('refuse what would be one too many, of an order and altogether', async () => {
    const boxes = new Mailboxes({ perOrder: 2, altogether: 3, waitLimitMs: 10_000 });
    const kept = [boxes.run('a', () => sleep(10)), boxes.run('a', () => sleep(10))];
    await expect(boxes.run('a', async () => {})).rejects.toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
    kept.push(boxes.run('b', () => sleep(10)));
    await expect(boxes.run('c', async () => {})).rejects.toMatchObject({ status: 503 });
    await Promise.all(kept);
    await expect(boxes.run('c', async () => 'room again')).resolves.toBe('room again');
  });

  it('do not begin what has waited too long', async () => {
    const boxes = new Mailboxes({ ...roomy, waitLimitMs: 10 });
    const slow = boxes.run('a', () => sleep(40));
    let begun = false;
    const late = boxes.run('a', async () => {
      begun = true;
    });
    await expect(late).rejects.toMatchObject({ status: 503, code: 'too-busy' });
    await slow;
    expect(begun).toBe(false);
  });
});
