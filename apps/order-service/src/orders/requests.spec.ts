import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyedHash } from './keyed-hash.js';
import { commandIdOf, requestHash, UnderWay } from './requests.js';

const s = keyedHash('s');
const request = { scope: 'POST /orders', path: '/orders', body: { a: 1 } };

describe('a request’s hash', () => {
  it('is that of scope, address and body, under a secret', () => {
    const hash = requestHash(s, request);
    expect(hash).toHaveLength(32);
    expect(requestHash(s, { ...request })).toEqual(hash);
    for (const other of [
      requestHash(keyedHash('t'), request),
      requestHash(s, { ...request, scope: 'PUT /orders' }),
      requestHash(s, { ...request, path: '/orders/1' }),
      requestHash(s, { ...request, body: { a: 2 } }),
      requestHash(s, { ...request, body: undefined }),
    ]) {
      expect(other).not.toEqual(hash);
    }
  });
});

describe('a command’s id', () => {
  it('is the same UUID for the same key', () => {
    const id = commandIdOf(s, 'POST /orders', 'k');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(commandIdOf(s, 'POST /orders', 'k')).toBe(id);
    expect(commandIdOf(s, 'POST /orders', 'l')).not.toBe(id);
  });
});

describe('requests under way', () => {
  it('run one at a time for one key, also after one that failed, and beside each other for several', async () => {
    const underWay = new UnderWay();
    let inside = 0;
    const work = async (n: number) => {
      expect((inside += 1)).toBe(1);
      await sleep(1);
      inside -= 1;
      if (n % 2 === 0) throw new Error('no');
      return n;
    };
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => underWay.alone('s', 'k', () => work(n))),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(10);
    const slow = underWay.alone('s', 'k', () => sleep(20, 'slow'));
    expect(await Promise.race([slow, underWay.alone('s', 'other', async () => 'quick')])).toBe('quick');
    await slow;
  });
});
