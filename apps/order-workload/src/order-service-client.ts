import { setTimeout as sleep } from 'node:timers/promises';
import type { Say } from './signals.js';

export interface Request {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: Record<string, unknown>;
  actor?: string;
  idempotencyKey?: string;
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Nobody waits any more: the workload is being stopped. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

const requestLimitMs = 15_000;
const firstRetryMs = 250;
const longestRetryMs = 10_000;
const awayStatuses = new Set([500, 502, 503, 504]);

/**
 * Talks to order-service and does not mind when it is away: the request is sent again, with its key, until it is answered.
 * While it is away one request asks and the others wait, so that a service that comes back is not run down.
 */
export class OrderServiceClient {
  private away: { since: number; back: Promise<void>; isBack: () => void } | undefined;

  constructor(
    private readonly url: string,
    private readonly say: Say,
    /** Ends all waiting; requests that are under way may still be answered. */
    private readonly stop: AbortSignal,
  ) {}

  get isAway(): boolean {
    return this.away !== undefined;
  }

  /** Resolves at once where the service is there, and otherwise once it answers again or nobody waits any more. */
  async untilThere(): Promise<void> {
    if (this.away) await Promise.race([this.away.back, aborted(this.stop)]);
  }

  /** @throws Stopped where the workload is stopped before there was an answer */
  async send(request: Request): Promise<Answer> {
    let asks = false;
    for (let retryMs = firstRetryMs; ;) {
      if (this.stop.aborted) throw new Stopped();
      if (!asks) await this.untilThere();
      let retryAfterMs = 0;
      let trouble: string;
      try {
        const response = await fetch(this.url + request.path, {
          method: request.method,
          headers: {
            'content-type': 'application/json',
            ...(request.actor && { 'x-actor': request.actor }),
            ...(request.idempotencyKey && { 'idempotency-key': request.idempotencyKey }),
          },
          ...(request.body && { body: JSON.stringify(request.body) }),
          signal: AbortSignal.timeout(requestLimitMs),
        });
        const text = await response.text();
        if (!awayStatuses.has(response.status)) {
          if (asks) this.cameBack();
          return { status: response.status, body: objectOf(text) };
        }
        retryAfterMs = Math.min(Number(response.headers.get('retry-after') ?? 0) * 1000 || 0, longestRetryMs);
        trouble = `status ${response.status}`;
      } catch (error) {
        trouble = messageOf(error);
      }
      if (!asks && this.away) continue; // somebody else asks already
      if (!asks) {
        asks = true;
        let isBack = (): void => undefined;
        const back = new Promise<void>((resolve) => (isBack = resolve));
        this.away = { since: Date.now(), back, isBack };
      }
      const waitMs = Math.max(retryAfterMs, retryMs);
      this.say('workload.away', { error: trouble, retryInMs: waitMs });
      await sleep(waitMs, undefined, { signal: this.stop }).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  }

  private cameBack(): void {
    const away = this.away!;
    this.away = undefined;
    this.say('workload.back', { awayMs: Date.now() - away.since });
    away.isBack();
  }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

function messageOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return [message, cause?.message || cause?.code].filter(Boolean).join(': ');
}
