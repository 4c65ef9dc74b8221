import { setTimeout as sleep } from 'node:timers/promises';

export interface Measured {
  /** Operations a second. */
  rate: number;
  p50Ms: number;
  p99Ms: number;
}

/** `writers` loops, each with one call under way at a time, for `seconds` after a warm-up of a fifth of that. */
export async function measureWriters(
  writers: number,
  seconds: number,
  call: (writer: number) => Promise<unknown>,
): Promise<Measured> {
  const latencies: number[] = [];
  let phase: 'warm-up' | 'measuring' | 'over' = 'warm-up';
  const loops = Array.from({ length: writers }, async (_, writer) => {
    while (phase !== 'over') {
      const started = performance.now();
      await call(writer);
      if (phase === 'measuring') latencies.push(performance.now() - started);
    }
  });
  const all = Promise.all(loops);
  await Promise.race([all, sleep((seconds * 1000) / 5)]);
  phase = 'measuring';
  const started = performance.now();
  await Promise.race([all, sleep(seconds * 1000)]);
  phase = 'over';
  const elapsed = (performance.now() - started) / 1000;
  const rate = latencies.length / elapsed;
  await all;
  latencies.sort((one, other) => one - other);
  return { rate, p50Ms: latencies[latencies.length >> 1]!, p99Ms: latencies[Math.floor(latencies.length * 0.99)]! };
}
