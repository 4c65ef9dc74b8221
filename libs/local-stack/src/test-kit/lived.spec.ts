import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { livedMs } from './lived.js';

const cpuMs = (): number => process.threadCpuUsage().user / 1_000;

describe('the time that a process lives through', () => {
  it('goes on while it waits, and never quicker than time does', async () => {
    const [wall, began] = [performance.now(), livedMs()];
    while (livedMs() - began < 200) await sleep(5);
    const lived = livedMs() - began;
    expect(lived).toBeLessThanOrEqual(performance.now() - wall);
  });

  it('goes on while it computes, though nothing else has a turn meanwhile', () => {
    const [began, cpu] = [livedMs(), cpuMs()];
    while (cpuMs() - cpu < 200);
    expect(livedMs() - began).toBeGreaterThanOrEqual(199);
  });

  it('stands still while it is not let run', () => {
    const began = livedMs();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    expect(livedMs() - began).toBeLessThan(500);
  });
});
