import { setTimeout as sleep } from 'node:timers/promises';

/** A failed expectation: Jest's, or node:assert's. Anything else is a fault of the test or of the product. */
const isExpectation = (error: unknown): boolean =>
  error instanceof Error && ('matcherResult' in error || error.name === 'AssertionError');

/** How long the last try may take, which begins when the time is over. */
const longestLastTryMs = 10_000;

/**
 * Waits until `check` holds, instead of sleeping for as long as it might take. It is tried again only after a failed
 * expectation; any other error is thrown at once. When the time is over it is tried once more: where it is this process
 * that was stopped meanwhile, what it waits for has long come.
 *
 *     await eventually({ withinMs: 10_000 }, async () => expect(await revenueOf(order)).toEqual(gbp(89_99)));
 *
 * @returns what `check` returned when it held
 * @throws the last failed expectation once `withinMs` is over
 */
export async function eventually<T>(
  limits: { withinMs: number; everyMs?: number },
  check: () => T | Promise<T>,
): Promise<T> {
  const { withinMs, everyMs = 50 } = limits;
  const deadline = performance.now() + withinMs;
  const lastTryMs = Math.min(withinMs, longestLastTryMs);
  let last: unknown = new Error(`The check did not answer within ${withinMs} ms.`);
  for (;;) {
    const leftMs = deadline - performance.now();
    const late = new AbortController();
    const timeIsUp = sleep(Math.max(lastTryMs, leftMs), undefined, { signal: late.signal }).then(
      () => Promise.reject(last as Error),
      () => undefined as never,
    );
    try {
      return await Promise.race([Promise.resolve().then(check), timeIsUp]);
    } catch (error) {
      if ((error !== last && !isExpectation(error)) || leftMs <= 0) throw error;
      last = error;
    } finally {
      late.abort();
    }
    await sleep(Math.max(0, Math.min(everyMs, deadline - performance.now())));
  }
}
