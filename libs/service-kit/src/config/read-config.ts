import { z } from 'zod';

const wholeNumber = (least: number, most: number) =>
  z.coerce
    .number('is not a number')
    .int('is not a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

/** Port numbers; 0 lets the system choose one (tests do). */
export const port = (standard: number) => wholeNumber(0, 65_535).default(standard);

/** A whole number with a default, as the environment writes it. */
export const count = (standard: number, least = 1, most = Number.MAX_SAFE_INTEGER) =>
  wholeNumber(least, most).default(standard);

export const postgresUrl = (standard: string) =>
  z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .default(standard);

export const httpUrl = (standard: string) =>
  z
    .string()
    .regex(/^https?:\/\//, 'must start with http:// or https://')
    .default(standard);

/** What every app may read beside its own names: the same name and the same default everywhere. */
export const sharedSettings = {
  KAFKA_BROKERS: z.string().regex(/\S/, 'is blank').default('127.0.0.1:7092'),
  SCHEMA_REGISTRY_URL: httpUrl('http://127.0.0.1:7081/apis/ccompat/v7'),
  /** Put before every topic's and group's name. */
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]*$/, 'may hold letters, digits, dot, underscore and dash')
    .default(''),
  BIND_HOST: z.string().min(1).default('127.0.0.1'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  NODE_ENV: z.string().default('development'),
} as const;

export type SharedSettings = z.output<z.ZodObject<typeof sharedSettings>>;

/** The environment does not say what the app needs; the message is one sentence a wrong name, with its remedy. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused';
}

/**
 * Reads an app's settings once. A name that starts with the app's prefix and is not among its settings is a
 * misspelling, and stops the start; other apps' names are not ours to judge. An empty text counts as not given.
 *     readConfig({ app: 'outbox-relay', env: process.env, prefix: 'RELAY_', own: { RELAY_PORT: port(7002) } })
 * @returns the app's own settings and the shared ones, by name
 * @throws ConfigRefused with all that is wrong
 */
export function readConfig<Own extends z.ZodRawShape>(from: {
  app: string;
  env: Record<string, string | undefined>;
  prefix: string;
  own: Own;
  /** What single values cannot say: sentences about values that do not go together. */
  refuse?: (read: z.output<z.ZodObject<Own & typeof sharedSettings>>) => string[];
}): z.output<z.ZodObject<Own & typeof sharedSettings>> {
  const shape = { ...sharedSettings, ...from.own };
  const known = Object.keys(shape);
  // `RELAY_URL` says to others where the relay is; where all apps share one environment, the relay sees it too.
  const forOthers = `${from.prefix}URL`;
  const given = Object.fromEntries(Object.entries(from.env).filter(([, value]) => value !== undefined && value !== ''));
  const misspelt = Object.keys(given).filter(
    (name) => name.startsWith(from.prefix) && name !== forOthers && !known.includes(name),
  );
  const read = z.object(shape).safeParse(given);
  const wrong = [
    ...misspelt.map((name) => {
      const nearest = nearestTo(name, known);
      return `${name} is not a setting of ${from.app}${nearest ? `; did you mean ${nearest}?` : `. Settings: ${known.join(', ')}.`}`;
    }),
    // The value itself is not repeated: it may be a password.
    ...(read.success
      ? (from.refuse?.(read.data) ?? [])
      : read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}.`)),
  ];
  if (wrong.length > 0 || !read.success) throw new ConfigRefused(wrong.join('\n'));
  return read.data;
}

/** @returns the candidate that is at most three edits away, or undefined. */
export function nearestTo(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.distance - right.distance);
  const best = ranked[0];
  return best && best.distance <= Math.min(3, Math.floor(word.length / 2)) ? best.candidate : undefined;
}

/** Levenshtein's distance, one row at a time; words longer than 64 characters are cut, which is enough for a hint. */
function editDistance(left: string, right: string): number {
  const [a, b] = [left.slice(0, 64), right.slice(0, 64)];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      current[column] = Math.min(
        (current[column - 1] as number) + 1,
        (previous[column] as number) + 1,
        (previous[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1),
      );
    }
    previous = current;
  }
  return previous[b.length] as number;
}
