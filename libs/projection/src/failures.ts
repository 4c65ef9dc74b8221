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

/** Whether waiting helps, asked of what a source's `read` threw. Anything else that it throws is poison. */
export function isUnavailable(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (awayNames.has(current.name)) return true;
    if ('code' in current && typeof current.code === 'string' && awayCodes.has(current.code)) return true;
    current = current.cause;
  }
  return false;
}

/**
 * Whether Postgres refused the data itself: class 22 (data exception, e.g. a NUL in a text), 23 (a constraint), 54 (too
 * long for an index). Everything else that a statement throws (a lost connection, a lock, a missing right, a full disk)
 * says nothing against the event: it is tried again.
 */
export function isRefusedData(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(22|23|54)...$/.test(error.code)
  );
}

/**
 * Whether it is the database that is in trouble, and not our own code: an error with a SQLSTATE, or one of the driver's,
 * which has no code (a connection that ended, a time limit).
 */
export function isDatabaseTrouble(error: unknown): boolean {
  if (!(error instanceof Error) || isRefusedData(error)) return false;
  if ('code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)) return true;
  return /connection|timeout|terminat|not queryable/i.test(error.message);
}

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
  if (!(error instanceof Error)) return 'something that is not an Error was thrown';
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : error.cause;
  const own = error.message === '' ? error.name : `${error.name}: ${error.message}`;
  const because = inner instanceof Error && inner !== error ? `; because of ${inner.name}: ${inner.message}` : '';
  return plainText(`${own}${because}`).slice(0, 1_000);
}

/** A text that Postgres takes. */
export const plainText = (text: string): string => text.replaceAll('\u0000', '\uFFFD');
