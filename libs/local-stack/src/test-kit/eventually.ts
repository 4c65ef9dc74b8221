import { setTimeout as sleep } from 'node:timers/promises';

/** A failed expectation: Jest's, or node:assert's. Anything else is a fault of the test or of the product. */
const isExpectation = (error: unknown): boolean =>
  error instanceof Error && ('matcherResult' in error || error.name === 'AssertionError');

/**
 * Waits until `check` holds, instead of sleeping for as long as it might take. It is tried again only after a failed
 * expectation; any other error is thrown at once.
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
  const deadline = Date.now() + withinMs;
  let last: unknown = new Error(`The check did not answer within ${withinMs} ms.`);
  for (;;) {
    const late = new AbortController();
    const timeIsUp = sleep(Math.max(0, deadline - Date.now()), undefined, { signal: late.signal }).then(
      () => Promise.reject(last as Error),
      () => undefined as never,
    );
    try {
      return await Promise.race([Promise.resolve().then(check), timeIsUp]);
    } catch (error) {
      if (!isExpectation(error) || Date.now() + everyMs > deadline) throw error;
      last = error;
    } finally {
      late.abort();
    }
    await sleep(everyMs);
  }
}
