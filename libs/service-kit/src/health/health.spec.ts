import { describe, expect, it } from '@jest/globals';
import { Health } from './health.js';

describe('readiness', () => {
  it('is what every check says, each by its name', async () => {
    const health = new Health();
    health.add({ name: 'postgres', check: async () => {} });
    health.add({ name: 'lag', check: async () => ({ messages: 12 }) });
    expect(await health.readiness()).toEqual({
      status: 'ready',
      checks: [
        { name: 'postgres', ok: true, tookMs: expect.any(Number) },
        { name: 'lag', ok: true, tookMs: expect.any(Number), detail: { messages: 12 } },
      ],
    });
  });

  it('gives the reason of one that fails, and does not wait for one that hangs', async () => {
    const health = new Health();
    health.add({ name: 'registry', check: () => Promise.reject(new Error('is away')) });
    health.add({ name: 'broker', check: () => new Promise(() => {}), timeoutMs: 5 });
    expect(await health.readiness()).toMatchObject({
      status: 'not-ready',
      checks: [
        { name: 'registry', ok: false, reason: 'is away' },
        { name: 'broker', ok: false, reason: 'the check broker took longer than 5 ms' },
      ],
    });
  });

  it('runs its checks once for probes that come together', async () => {
    const health = new Health();
    let runs = 0;
    health.add({ name: 'counted', check: async () => void (runs += 1) });
    await Promise.all([health.readiness(), health.readiness(), health.readiness()]);
    expect(runs).toBe(1);
  });

  it('is over as soon as the app is told to leave', async () => {
    const health = new Health();
    health.drain('SIGTERM');
    expect(await health.readiness()).toMatchObject({ status: 'not-ready', checks: [{ reason: 'SIGTERM' }] });
  });
});
