import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AnySignalLog } from '../signals/signal-log.js';

/**
 * An app's figures: those of the process, those of HTTP, a count of every signal, and what its parts add. One registry
 * an app and not prom-client's global one, so that two apps can live in one process of a test.
 *     metrics.gauge('relay_backlog_rows', 'rows that wait for Kafka', [], () => outbox.count())
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Map<string, Histogram.Internal<string>>();
  readonly #http: Histogram<string>;
  readonly #unread: Counter<'metric'>;

  constructor(log: AnySignalLog) {
    this.registry.setDefaultLabels({ app: log.app });
    collectDefaultMetrics({ register: this.registry });
    this.#http = this.histogram(
      'http_request_seconds',
      'time to answer a request, by method, route template and status',
      ['method', 'route', 'status'],
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    );
    this.#unread = this.counter('metrics_unread_total', 'scrapes at which a gauge could not be read', ['metric']);
    const signals = this.counter('signals_total', 'signals, by name (docs/operations.md lists them)', ['signal']);
    const counted = new Map<string, Counter.Internal>();
    log.listen((name) => {
      let child = counted.get(name);
      if (!child) counted.set(name, (child = signals.labels(name)));
      child.inc();
    });
  }

  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  /** @param read called at each scrape; where it fails the last value stands, and `metrics_unread_total` says so. */
  gauge<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    read?: (gauge: Gauge<L>) => number | void | Promise<number | void>,
  ): Gauge<L> {
    const unread = this.#unread;
    return new Gauge<L>({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      ...(read
        ? {
            collect: async function (this: Gauge<L>) {
              try {
                const value = await read(this);
                if (typeof value === 'number') this.set(value);
              } catch {
                // A database that is away must not take all other figures with it.
                unread.inc({ metric: name });
              }
            },
          }
        : {}),
    });
  }

  histogram<L extends string = never>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    buckets?: number[],
  ): Histogram<L> {
    return new Histogram({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      ...(buckets ? { buckets } : {}),
    });
  }

  /** A request was answered. The route is its template, never the path: a label per order would fill the memory. */
  answered(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${route} ${status}`;
    let child = this.#requests.get(key);
    if (!child) this.#requests.set(key, (child = this.#http.labels(method, route, String(status))));
    child.observe(seconds);
  }
}
