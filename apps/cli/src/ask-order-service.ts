import { CommandFailed, messageOf } from './terminal/command-failed.js';

const answerWithinMs = 60_000;

/**
 * Asks order-service for something.
 * @param what for people: `order 8471`
 * @throws CommandFailed where it does not answer, or refuses; what it says to do next is the remedy
 */
export async function askOrderService(
  url: string,
  what: string,
  asked: RequestInit & { signal: AbortSignal },
): Promise<Buffer> {
  let response: Response;
  let bytes: Buffer;
  try {
    const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(answerWithinMs)]);
    response = await fetch(url, { ...asked, signal });
    bytes = Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    asked.signal.throwIfAborted();
    throw new CommandFailed(
      `order-service does not answer at ${new URL(url).origin} (${messageOf(cause)})`,
      'Start the platform (npm start), or set ORDERS_URL to where it runs.',
    );
  }
  if (response.ok) return bytes;
  let problem: { title?: string; detail?: string } = {};
  try {
    problem = JSON.parse(bytes.toString('utf8')) as typeof problem;
  } catch {
    // Not ours, whoever answered: its status has to do.
  }
  throw new CommandFailed(
    `order-service answered ${response.status} for ${what}: ${problem.title ?? 'it said no more'}`,
    problem.detail ?? 'Is ORDERS_URL right, and is it of this version?',
  );
}
