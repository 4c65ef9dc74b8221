/** The wait was as long as it may be. `cause` says what was still in the way. */
export class WaitedTooLong extends Error {
  constructor(limitMs: number, cause: Error) {
    super(`after ${limitMs} ms: ${cause.message}`, { cause });
    this.name = 'WaitedTooLong';
  }
}

/** Asks until the answer is true; an Error as the answer says what is in the way. One that is thrown is not waited out. */
export async function until(
  ask: () => Promise<true | Error>,
  { limitMs, everyMs = 200 }: { limitMs: number; everyMs?: number },
): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer === true) return;
    if (Date.now() + everyMs > end) throw new WaitedTooLong(limitMs, answer);
    await new Promise((again) => setTimeout(again, everyMs));
  }
}
