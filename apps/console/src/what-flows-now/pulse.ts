import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { readSamples, sumOf, type Sample } from '../services/prometheus.js';
import type { Answer, Service } from '../services/service.js';
import { Services } from '../services/services.js';
import { orderPage, projection, readiness, revenue, type Projection } from '../services/shapes.js';
import { integrity } from '../findings/shapes.js';
import { Rate } from './rate.js';

const shapes = { readiness, orderPage, projection, revenue, integrity };

/** The latest that is known of one thing, and, while it cannot be asked, why and since when. */
export interface Known<T> {
  value?: T;
  missing?: { reason: string; since: Date };
}

/** How everything is now. Undefined where nothing was heard yet. */
export interface Now {
  at: Date;
  orders: { ready: Known<Readiness>; newest: Known<z.output<typeof orderPage>>; figures: Known<Sample[]> };
  relay: { ready: Known<Readiness>; figures: Known<Sample[]> };
  revenue: {
    ready: Known<Readiness>;
    projection: Known<z.output<typeof projection>>;
    totals: Known<z.output<typeof revenue>>;
    bySku: Known<z.output<typeof revenue>>;
  };
  audit: {
    ready: Known<Readiness>;
    projection: Known<z.output<typeof projection>>;
    integrity: Known<z.output<typeof integrity>>;
  };
  rates: { commands: Rate; facts: Rate; sent: Rate; messages: Rate; revenue: Rate; audit: Rate };
}
export type Readiness = z.output<typeof readiness>;

/** Asked again this long after each answer; what costs a projection more than the rest, less often. */
const pauseMs = 1_000;
const dearPauseMs = 5_000;
/** Without a look for this long the asking stops: nobody is there to see it. */
const watchedMs = 15_000;

/**
 * The pulse of the platform: while somebody looks, it asks every service once a second, each by itself so that one that
 * hangs keeps none of the others waiting, and a look is answered at once from what is known.
 */
@Injectable()
export class Pulse implements OnApplicationShutdown {
  readonly #now: Now = {
    at: new Date(),
    orders: { ready: {}, newest: {}, figures: {} },
    relay: { ready: {}, figures: {} },
    revenue: { ready: {}, projection: {}, totals: {}, bySku: {} },
    audit: { ready: {}, projection: {}, integrity: {} },
    rates: {
      commands: new Rate(),
      facts: new Rate(),
      sent: new Rate(),
      messages: new Rate(),
      revenue: new Rate(),
      audit: new Rate(),
    },
  };
  readonly #asking = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #lookedAt = -Infinity;
  #stopped = false;

  constructor(private readonly services: Services) {}

  /** @returns how everything is; the first look waits until each service has answered or did not in time. */
  async look(): Promise<Now> {
    const slept = performance.now() - this.#lookedAt > watchedMs;
    this.#lookedAt = performance.now();
    if (slept || this.#asking.size > 0) await this.#wake();
    this.#now.at = new Date();
    return this.#now;
  }

  onApplicationShutdown(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  async #wake(): Promise<void> {
    const { orders, relay, revenue: revenueService, audit } = this.services;
    const now = this.#now;
    await Promise.all([
      this.#follow('orders', async () => {
        await Promise.all([
          askReady(orders, now.orders.ready),
          learn(now.orders.newest, orders.ask('/orders?limit=12', shapes.orderPage)),
          this.#figures(orders, now.orders.figures, {
            commands: (samples) => sumOf(samples, 'http_request_seconds_count', ({ method }) => method !== 'GET') ?? 0,
            facts: (samples) => sumOf(samples, 'orders_store_position'),
          }),
        ]);
      }),
      this.#follow('relay', async () => {
        await Promise.all([
          askReady(relay, now.relay.ready),
          this.#figures(relay, now.relay.figures, { sent: (samples) => sumOf(samples, 'relay_rows_sent_total') }),
        ]);
      }),
      this.#follow('revenue', async () => {
        await Promise.all([
          askReady(revenueService, now.revenue.ready),
          learn(now.revenue.projection, revenueService.ask('/projection', shapes.projection)),
          learn(now.revenue.totals, revenueService.ask('/revenue?groupBy=currency&days=90', shapes.revenue)),
        ]);
        this.#progress(now.revenue.projection, now.rates.revenue, now.rates.messages);
      }),
      this.#follow(
        'revenue by SKU',
        () =>
          learn(
            now.revenue.bySku,
            revenueService.ask('/revenue?groupBy=sku,currency&days=90&limit=100000', shapes.revenue),
          ),
        dearPauseMs,
      ),
      this.#follow(
        'integrity',
        () => learn(now.audit.integrity, audit.ask('/audit/integrity', shapes.integrity)),
        dearPauseMs,
      ),
      this.#follow('audit', async () => {
        await Promise.all([
          askReady(audit, now.audit.ready),
          learn(now.audit.projection, audit.ask('/projection', shapes.projection)),
        ]);
        this.#progress(now.audit.projection, now.rates.audit);
      }),
    ]);
  }

  /** Asks now, and then again and again while somebody looks; one round at a time. */
  #follow(what: string, ask: () => Promise<void>, thenWaitMs = pauseMs): Promise<void> {
    const underWay = this.#asking.get(what);
    if (underWay) return underWay;
    if (this.#timers.has(what)) return Promise.resolve();
    const round = ask().finally(() => {
      this.#asking.delete(what);
      if (this.#stopped || performance.now() - this.#lookedAt > watchedMs) return;
      this.#timers.set(
        what,
        setTimeout(() => {
          this.#timers.delete(what);
          if (performance.now() - this.#lookedAt <= watchedMs) void this.#follow(what, ask, thenWaitMs);
        }, thenWaitMs),
      );
    });
    this.#asking.set(what, round);
    return round;
  }

  async #figures(
    service: Service,
    known: Known<Sample[]>,
    counters: Partial<Record<keyof Now['rates'], (samples: Sample[]) => number | undefined>>,
  ): Promise<void> {
    const answer = await service.askText('/metrics', 'text/plain');
    await learn(known, Promise.resolve(answer.ok ? { ok: true, value: readSamples(answer.value) } : answer));
    if (!answer.ok) return;
    for (const [name, read] of Object.entries(counters)) {
      const count = read(known.value ?? []);
      if (count !== undefined) this.#now.rates[name as keyof Now['rates']].note(count, performance.now());
    }
  }

  #progress(known: Known<z.output<typeof projection>>, taken: Rate, sent?: Rate): void {
    if (known.missing || !known.value) return;
    const at = performance.now();
    const { partitions } = known.value;
    taken.note(
      partitions.reduce((sum, { offset }) => sum + (offset ?? 0), 0),
      at,
    );
    sent?.note(messagesIn(partitions), at);
  }
}

/** How many messages the topic of facts holds, going by its ends. */
export const messagesIn = (partitions: Projection['partitions']): number =>
  partitions.filter(({ topic }) => topic.endsWith('orders.events.v1')).reduce((sum, { end }) => sum + (end ?? 0), 0);

/** Readiness says what is wrong in the body of a 503. */
async function askReady(service: Service, known: Known<Readiness>): Promise<void> {
  const answer = await service.askText('/health/ready', 'application/json', 503);
  if (!answer.ok) return learn(known, Promise.resolve(answer));
  let body: unknown;
  try {
    body = JSON.parse(answer.value);
  } catch {
    body = undefined;
  }
  const read = readiness.safeParse(body);
  return learn(
    known,
    Promise.resolve(
      read.success
        ? { ok: true, value: read.data }
        : { ok: false, service: service.name, status: null, reason: 'what answers there is not one of ours' },
    ),
  );
}

/** What was known stays while it cannot be asked, but it says since when. */
async function learn<T>(known: Known<T>, asked: Promise<Answer<T>>): Promise<void> {
  const answer = await asked;
  if (answer.ok) {
    known.value = answer.value;
    delete known.missing;
  } else {
    known.missing = { reason: answer.reason, since: known.missing?.since ?? new Date() };
  }
}
