/** A part that the projection stands on is away: it waits and says so. Registry ports throw errors with this name. */
const awayNames = new Set(['RegistryUnavailable']);

const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What an error says of itself, whichever realm it was made in. */
interface Failure {
  name?: unknown;
  message?: unknown;
  code?: unknown;
  cause?: unknown;
  errors?: unknown;
}
const failureOf = (error: unknown): Failure | undefined =>
  typeof error === 'object' && error !== null ? error : undefined;

/** Whether waiting helps, asked of what a source's `read` threw. Anything else that it throws is poison. */
export function isUnavailable(error: unknown): boolean {
  let current = failureOf(error);
  for (let depth = 0; depth < 5 && current; depth += 1) {
    if (awayNames.has(String(current.name)) || awayCodes.has(String(current.code))) return true;
    current = failureOf(current.cause);
  }
  return false;
}

/**
 * Whether Postgres refused the data itself: class 22 (data exception, e.g. a NUL in a text), 23 (a constraint), 54 (too
 * long for an index). Everything else that a statement throws (a lost connection, a lock, a missing right, a full disk)
 * says nothing against the event: it is tried again.
 */
export const isRefusedData = (error: unknown): boolean => /^(22|23|54)...$/.test(String(failureOf(error)?.code));

/**
 * Whether it is the database that is in trouble, and not our own code: an error with a SQLSTATE or of the network, or one
 * of the driver's, which has no code (a connection that ended, a time limit).
 */
export function isDatabaseTrouble(error: unknown): boolean {
  const failure = failureOf(error);
  if (!failure || isRefusedData(error)) return false;
  if (/^[0-9A-Z]{5}$/.test(String(failure.code)) || isUnavailable(error)) return true;
  return /connection|timeout|terminat|not queryable/i.test(String(failure.message));
}

/** Whether an answer cannot be given because the database or Kafka is away or too slow: no fault of the question. */
export function isPartAway(error: unknown): boolean {
  const code = failureOf(error)?.code;
  if (/^[0-9A-Z]{5}$/.test(String(code))) return /^(08|28|53|55|57)/.test(String(code));
  return isOfKafka(error) || isDatabaseTrouble(error);
}

/** Whether kafkajs throws it: of a broker that took the connection and never answered, a plain Error. */
export const isOfKafka = (error: unknown): boolean =>
  String(failureOf(error)?.name).startsWith('KafkaJS') || failureOf(error)?.message === 'Broker not connected';

/** This member's epoch is no longer the partition's: someone else has it. Nothing was written. */
export class PartitionLost extends Error {
  override readonly name = 'PartitionLost';
  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {
    super(`partition ${partition} of ${topic} belongs to another member now`);
  }
}

/** One line: name, message and cause, without a NUL, which Postgres's text cannot hold. */
export function sentenceOf(error: unknown): string {
  const failure = failureOf(error);
  if (!failure) return 'something that is not an error was thrown';
  const inner = failureOf(Array.isArray(failure.errors) ? failure.errors[0] : failure.cause);
  const own = [failure.name, failure.message].filter((word) => typeof word === 'string' && word !== '').join(': ');
  const because = inner ? `; because of ${String(inner.name)}: ${String(inner.message)}` : '';
  return plainText(`${own}${because}`).slice(0, 1_000);
}

/** A text that Postgres takes. */
export const plainText = (text: string): string => text.replaceAll('\u0000', '\uFFFD');
