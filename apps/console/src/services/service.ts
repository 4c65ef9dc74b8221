import { TimedOut, within } from '@orderlog/service-kit';
import type { z } from 'zod';
import { log } from '../signals.js';

export type ServiceName = 'order-service' | 'outbox-relay' | 'revenue-projection' | 'audit-projection';

/** Why a question has no answer: the service is away, or it said no. In words for a person. */
export interface Unanswered {
  ok: false;
  service: ServiceName;
  /** The HTTP status where it said no; null where it is away. */
  status: number | null;
  reason: string;
}
export type Answer<T> = { ok: true; value: T } | Unanswered;

/**
 * One of the four services, asked over HTTP with a time limit. It never throws: a page shows what there is, and says
 * what is not. It goes on record when a service goes away and when it is back, not at each question in between.
 */
export class Service {
  #awaySince: number | undefined;

  constructor(
    readonly name: ServiceName,
    readonly url: string,
    private readonly limitMs: number,
  ) {}

  /** @param path with its query, as the service's contract has it */
  async ask<S extends z.ZodType>(path: string, shape: S): Promise<Answer<z.output<S>>> {
    const answer = await this.askText(path, 'application/json');
    if (!answer.ok) return answer;
    const read = shape.safeParse(parsed(answer.value));
    if (read.success) return { ok: true, value: read.data };
    const [issue] = read.error.issues;
    const problem = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
    log('console.answer-unread', { service: this.name, path, problem });
    return this.#unanswered(null, `it answered in a form that this console does not know (${problem})`);
  }

  /** The body of a 2xx; of a 503 too where its body is an answer in itself (readiness). */
  async askText(path: string, accept: string, alsoStatus?: number): Promise<Answer<string>> {
    try {
      const { status, text } = await within(this.limitMs, 'the answer', async (signal) => {
        const response = await fetch(new URL(path, this.url), { headers: { accept }, signal });
        return { status: response.status, text: await response.text() };
      });
      this.#isThere();
      if (status === alsoStatus || (status >= 200 && status < 300)) return { ok: true, value: text };
      return this.#unanswered(status, problemIn(text) ?? `it answered ${status}`);
    } catch (error) {
      const reason = reasonOf(error);
      this.#isAway(reason);
      return this.#unanswered(null, reason);
    }
  }

  /** A file as the service made it, byte by byte: a signature stands over some. */
  async askFile(path: string, limitMs: number): Promise<Answer<{ bytes: Buffer; headers: Record<string, string> }>> {
    try {
      const { response, bytes } = await within(limitMs, 'the answer', async (signal) => {
        const response = await fetch(new URL(path, this.url), { signal });
        return { response, bytes: Buffer.from(await response.arrayBuffer()) };
      });
      this.#isThere();
      if (!response.ok) {
        return this.#unanswered(response.status, problemIn(bytes.toString()) ?? `it answered ${response.status}`);
      }
      const headers = passedOn.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [[name, value] as const];
      });
      return { ok: true, value: { bytes, headers: Object.fromEntries(headers) } };
    } catch (error) {
      const reason = reasonOf(error);
      this.#isAway(reason);
      return this.#unanswered(null, reason);
    }
  }

  #unanswered(status: number | null, reason: string): Unanswered {
    return { ok: false, service: this.name, status, reason };
  }

  #isAway(reason: string): void {
    if (this.#awaySince !== undefined) return;
    this.#awaySince = performance.now();
    log('console.service-away', { service: this.name, reason });
  }

  #isThere(): void {
    if (this.#awaySince === undefined) return;
    log('console.service-back', { service: this.name, awayMs: Math.round(performance.now() - this.#awaySince) });
    this.#awaySince = undefined;
  }
}

/** What a browser needs to know of a file. */
const passedOn = ['content-type', 'content-disposition', 'content-security-policy', 'x-content-type-options'];

/** Whole numbers that a number cannot say exactly are bigints. Few answers have one, and reading for them takes its time. */
const parsed = (text: string): unknown => {
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, exactly as Reviver) : JSON.parse(text);
  } catch {
    return undefined; // no shape takes it
  }
};

type Reviver = (key: string, value: unknown) => unknown;
/** ECMAScript gives a reviver the text that a value was written as; TypeScript does not know of it yet. */
const exactly = (_key: string, value: unknown, { source = '' }: { source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value;

/** What a problem+json body says. */
function problemIn(text: string): string | undefined {
  const body = parsed(text);
  if (typeof body !== 'object' || body === null) return undefined;
  const { title, detail } = body as { title?: unknown; detail?: unknown };
  const said = [title, detail].filter((part) => typeof part === 'string').join(' ');
  return said === '' ? undefined : said;
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it hung up',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name is not known',
  EHOSTUNREACH: 'there is no way to it',
  UND_ERR_SOCKET: 'it hung up',
};

/** fetch says little itself; what happened is its cause. */
function reasonOf(error: unknown): string {
  if (error instanceof TimedOut) return `no answer within ${error.limitMs} ms`;
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  if (cause?.code !== undefined) return reasons[cause.code] ?? cause.code;
  return cause?.message ?? message ?? 'it cannot be asked';
}
