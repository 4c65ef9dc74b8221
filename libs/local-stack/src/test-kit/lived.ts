const tickMs = 10;

let lived = 0;
let at: { wall: number; cpu: NodeJS.CpuUsage } | undefined;

function tick(): void {
  const last = at!;
  at = { wall: performance.now(), cpu: process.threadCpuUsage() };
  const { user, system } = process.threadCpuUsage(last.cpu);
  lived += Math.min(at.wall - last.wall, 2 * tickMs + (user + system) / 1_000);
}

/**
 * A clock for what a promise says of time: it goes on while this process waits or computes, and stands still while the
 * machine does not let it run, which is nobody's fault here.
 *
 *     const began = livedMs();
 *     await expect(store.append(fact)).rejects.toThrow(StoreUnavailable);
 *     expect(livedMs() - began).toBeLessThan(2_000);
 *
 * @returns milliseconds since some moment
 */
export function livedMs(): number {
  if (!at) {
    at = { wall: performance.now(), cpu: process.threadCpuUsage() };
    setInterval(tick, tickMs).unref();
  }
  tick();
  return lived;
}
