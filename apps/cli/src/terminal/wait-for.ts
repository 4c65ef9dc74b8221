import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries until a part that is still starting answers.
 * @param isAway whether the error says that the part is away; any other is thrown at once
 * @throws the last error, once `waitMs` are over
 */
export async function waitFor<T>(
  what: string,
  options: { waitMs: number; signal: AbortSignal; isAway: (error: unknown) => boolean },
  attempt: () => Promise<T>,
): Promise<T> {
  const until = Date.now() + options.waitMs;
  for (let said = false; ;) {
    options.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!options.isAway(error) || Date.now() >= until) throw error;
      if (!said) {
        process.stderr.write(`${what} does not answer yet; waiting up to ${Math.round(options.waitMs / 1000)} s\n`);
      }
      said = true;
      await sleep(500, undefined, { signal: options.signal }).catch(() => undefined);
    }
  }
}
