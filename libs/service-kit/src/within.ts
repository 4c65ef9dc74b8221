/** What was waited for did not come within its time limit. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  constructor(
    readonly what: string,
    readonly limitMs: number,
  ) {
    super(`${what} took longer than ${limitMs} ms`);
  }
}

/**
 * Waits for `work`, but not for ever. The work is told to stop through the signal; work that does not listen goes on
 * unheard, and what it still throws is nobody's concern any more.
 * @throws TimedOut after `limitMs`
 */
export async function within<T>(limitMs: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const timedOut = new TimedOut(what, limitMs);
      stop.abort(timedOut);
      reject(timedOut);
    }, limitMs);
  });
  try {
    return await Promise.race([work(stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
