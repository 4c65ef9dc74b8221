import { isNativeError } from 'node:util/types';
import { pino, type DestinationStream, type Logger } from 'pino';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** One thing that an app says of itself: what it means, what comes with it, and what a person does then. */
export interface Signal {
  level: Level;
  fields: readonly string[];
  says: string;
  then?: string;
}
export type Signals = Readonly<Record<string, Signal>>;

type FieldsOf<S extends Signals, N extends keyof S> = Record<S[N]['fields'][number], unknown>;

export interface SignalLog<S extends Signals> {
  /** Says it. Fields are those of the list, no more and no fewer; an Error among them is written as name and message. */
  <N extends keyof S & string>(
    name: N,
    ...fields: [S[N]['fields'][number]] extends [never] ? [] : [FieldsOf<S, N>]
  ): void;
  readonly app: string;
  readonly signals: S;
  /** Whether a line of this level would be written: asked before fields are gathered on a hot path. */
  writes(level: Level): boolean;
  /** From here on nothing below `level` is written. Listeners hear everything all the same. */
  setLevel(level: Level | 'silent'): void;
  /** Hears every signal, whatever the level: tests and metrics stand on it. @returns stops hearing. */
  listen(listener: (name: keyof S & string, fields: Record<string, unknown>) => void): () => void;
  /** Waits for a signal. @throws where it does not come in time. */
  heard<N extends keyof S & string>(
    name: N,
    options: { withinMs: number; where?: (fields: FieldsOf<S, N>) => boolean },
  ): Promise<FieldsOf<S, N>>;
}

/** Any app's log, for who only wants to hear it. */
export interface AnySignalLog {
  readonly app: string;
  readonly signals: Signals;
  setLevel(level: Level | 'silent'): void;
  listen(listener: (name: string, fields: Record<string, unknown>) => void): () => void;
}

/**
 * Makes an app's log from its one list of signals. JSON lines on stdout; each has the signal's name, its sentence, and
 * its fields. Whoever adds a signal adds it to the list, which docs and tests read too.
 */
export function signalLog<const S extends Signals>(
  app: string,
  signals: S,
  options: { level?: Level | 'silent'; to?: DestinationStream } = {},
): SignalLog<S> {
  const lines: Logger = pino(
    {
      level: options.level ?? 'info',
      base: { app },
      messageKey: 'says',
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.to ?? pino.destination({ dest: 1, sync: true }),
  );
  const listeners = new Set<(name: keyof S & string, fields: Record<string, unknown>) => void>();

  const say = (name: keyof S & string, fields: Record<string, unknown> = {}): void => {
    const signal = signals[name] as Signal;
    for (const listener of listeners) listener(name, fields);
    if (!lines.isLevelEnabled(signal.level)) return;
    const written: Record<string, unknown> = { signal: name };
    for (const field of signal.fields) written[field] = readable(fields[field]);
    if (signal.then !== undefined) written['then'] = signal.then;
    lines[signal.level](written, signal.says);
  };

  const log = say as unknown as SignalLog<S>;
  return Object.assign(log, {
    app,
    signals,
    writes: (level: Level) => lines.isLevelEnabled(level),
    setLevel: (level: Level | 'silent') => {
      lines.level = level;
    },
    listen: (listener: (name: keyof S & string, fields: Record<string, unknown>) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    heard: (name: keyof S & string, wanted: { withinMs: number; where?: (fields: never) => boolean }) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          listeners.delete(listener);
          reject(new Error(`the signal ${name} was not heard within ${wanted.withinMs} ms`));
        }, wanted.withinMs);
        const listener = (heard: string, fields: Record<string, unknown>): void => {
          if (heard !== name || (wanted.where && !wanted.where(fields as never))) return;
          clearTimeout(timer);
          listeners.delete(listener);
          resolve(fields);
        };
        listeners.add(listener);
      }),
  });
}

/** An Error's name and message and what caused it; never its other properties, which may hold what was sent. */
function readable(value: unknown): unknown {
  if (isNativeError(value)) return describeError(value);
  return typeof value === 'bigint' ? value.toString() : value;
}

/** One line for a person: `Error: connect ECONNREFUSED 127.0.0.1:7432`, with its causes, to a depth of five. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current !== undefined && current !== null; depth += 1) {
    if (!isNativeError(current)) {
      parts.push(typeof current === 'string' ? current : 'something that is not an Error was thrown');
      break;
    }
    const inner = current instanceof AggregateError ? (current.errors as unknown[])[0] : undefined;
    const code = 'code' in current && typeof current.code === 'string' ? ` (${current.code})` : '';
    if (current.message !== '') parts.push(`${current.name}: ${current.message}${code}`);
    else if (inner === undefined) parts.push(`${current.name}${code}`);
    current = inner ?? current.cause;
  }
  return parts.join('; because of ');
}
