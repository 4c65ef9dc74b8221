import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayOf, now } from '@orderlog/instant';
import { eventually } from '@orderlog/local-stack';
import type { OrderEvent } from '@orderlog/order-domain';
import fc from 'fast-check';
import { captured, givenPlatform, placed, type Answer, type GivenFact, type Platform } from './testing/platform.js';

type App = Awaited<ReturnType<Platform['start']>>;
const readToTheEnd = (app: App) =>
  eventually({ withinMs: 30_000 }, async () =>
    expect((await app.ask('/projection')).body).toMatchObject({ state: 'running', lag: 0, waitingFor: [] }),
  );
const allPages = async (app: App, path: string, limit: number) => {
  const rows: Answer['rows'] = [];
  let pages = 0;
  for (let cursor: string | null = ''; cursor !== null; pages += 1) {
    const { status, body }: { status: number; body: Answer } = await app.ask(
      cursor === '' ? `${path}&limit=${limit}` : `${path.split('?')[0]}?limit=${limit}&cursor=${cursor}`,
    );
    expect(status).toBe(200);
    expect(body.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...body.rows);
    cursor = body.nextCursor;
  }
  return { rows, pages };
};

describe('revenue', () => {
  let platform: Platform;
  let app: App;
  beforeAll(async () => {
    platform = await givenPlatform();
    app = await platform.start();
  }, 60_000);
  afterAll(() => platform.end(), 60_000);

  it('is the sum over the facts, whatever they are', async () => {
    const start = now() - 40 * 86_400_000_000;
    const [fact] = fc.sample(fc.array(randomFact(start), { minLength: 600, maxLength: 600 }), {
      numRuns: 1,
      seed: 8471,
    });
    await platform.given(...(fact ?? []));
    await readToTheEnd(app);
    const expected = foldOf(fact ?? []);
    const { rows, pages } = await allPages(app, '/revenue?groupBy=sku,day,currency&days=90', 97);
    expect(pages).toBeGreaterThan(3);
    expect(rows).toEqual(expected);
    for (const groupBy of ['sku', 'day', 'currency', 'day,sku']) {
      const grouped = (await app.ask(`/revenue?groupBy=${groupBy}&days=90`)).body.rows;
      expect(grouped).toEqual(
        regrouped(
          expected,
          ['sku', 'day'].filter((key) => groupBy.split(',').includes(key)),
        ),
      );
    }
    const { rows: entries } = await allPages(app, '/revenue/entries?days=90', 211);
    const net = (some: Answer['rows']): number => some.reduce((sum, row) => sum + Number(row['net']), 0);
    expect(net(entries)).toBe(net(expected));
    const [one] = expected as [Answer['rows'][number]];
    const behind = await app.ask(`/revenue/entries?sku=${one['sku']}&day=${one['day']}&currency=${one['currency']}`);
    expect(net(behind.body.rows)).toBe(one['net']);
  }, 60_000);

  it('refuses a question that it cannot read, and names the fields', async () => {
    const { status, body } = await app.ask('/revenue?days=0&groupBy=colour&x=1');
    expect(status).toBe(400);
    expect(body.errors.map(({ field }) => field).sort()).toEqual(['days', 'groupBy', 'x']);
    expect((await app.ask('/revenue?days=5&to=2026-01-01')).body.errors).toMatchObject([{ field: 'days' }]);
  });

  it('says that a cursor is of tables that were replaced', async () => {
    const { body } = await app.ask('/revenue?limit=1');
    expect(body.nextCursor).toEqual(expect.any(String));
    const admin = await platform.sql();
    await admin('update revenue.projection set live_generation = 2');
    try {
      expect(await app.ask(`/revenue?cursor=${body.nextCursor}`)).toMatchObject({ status: 410 });
    } finally {
      await admin('update revenue.projection set live_generation = 1');
    }
    expect(await app.ask(`/revenue?cursor=${body.nextCursor}`)).toMatchObject({ status: 200 });
  });

  it('parks an order that cannot be read, and lets it through when it can', async () => {
    await platform.given(placed('broken', 100));
    const message = platform.messageOf(captured('broken', 100, { sku: 'PARKED' }));
    const later = platform.messageOf(captured('broken', 11, { sku: 'PARKED' }));
    const unreadable = Buffer.from(message.value!).fill(0xff, 1, 5);
    await platform.send([
      { ...message, value: unreadable },
      later,
      platform.messageOf(captured('whole', 5, { sku: 'PARKED' })),
    ]);
    await readToTheEnd(app);
    expect((await app.ask('/revenue?sku=PARKED')).body.rows).toMatchObject([{ captured: 5 }]);
    expect((await app.ask('/projection/parked')).body.orders).toMatchObject([
      { orderId: 'broken', messages: 2, error: expect.stringContaining('UnknownSchema') },
    ]);
    expect((await app.tell('/projection/parked/broken/retry')).status).toBe(409);
    expect((await app.tell('/projection/parked/nobody/retry')).status).toBe(404);
    // What was broken is mended where it waits.
    const admin = await platform.sql();
    await admin(
      `update revenue.parked_messages set value = '\\x${message.value!.toString('hex')}' where error is not null`,
    );
    expect(await app.tell('/projection/parked/broken/retry')).toMatchObject({ status: 200, body: { released: 2 } });
    expect((await app.ask('/revenue?sku=PARKED')).body.rows).toMatchObject([{ captured: 116 }]);
  }, 60_000);

  it('is exact to the penny above what a number keeps', async () => {
    const most = 9_007_199_254_740_990;
    await platform.given(captured('huge-1', most, { sku: 'HUGE' }), captured('huge-2', most - 3, { sku: 'HUGE' }));
    await readToTheEnd(app);
    const answer = await (await fetch(`${app.url}/revenue?groupBy=sku&sku=HUGE`)).text();
    expect(answer).toContain('"captured":18014398509481977,"refunded":0,"net":18014398509481977,"units":2');
  }, 60_000);

  it('describes itself, with an example of each answer', async () => {
    const document = (await app.ask('/openapi.json')).body as unknown as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, { example?: unknown }> };
    };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/revenue', '/revenue/entries', '/projection', '/projection/stop', '/projection/start']),
    );
    for (const name of ['Revenue', 'RevenueEntries', 'Projection', 'ParkedOrders', 'ReleasedOrder']) {
      expect(document.components.schemas[name]?.example).toBeDefined();
    }
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/projection_lag_messages\{topic=".*",partition="0",app="revenue-projection"\} 0/);
  });
});

describe('revenue while a part is away', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await givenPlatform();
  }, 60_000);
  afterAll(() => platform.end(), 60_000);

  it('waits for the registry, says so, and counts when it is back', async () => {
    const registry = new StoppableProxy(platform.registryUrl);
    const app = await platform.start({ SCHEMA_REGISTRY_URL: await registry.start() });
    await registry.stop();
    await platform.given(captured('waits', 7, { sku: 'WAITS' }));
    await eventually({ withinMs: 30_000 }, async () => {
      expect((await app.ask('/projection')).body).toMatchObject({ lag: 1, waitingFor: [{ what: 'the registry' }] });
      expect(await app.ask('/health/ready')).toMatchObject({
        status: 503,
        body: { checks: expect.arrayContaining([expect.objectContaining({ name: 'projection', ok: false })]) },
      });
    });
    expect((await app.ask('/projection/parked')).body.orders).toEqual([]);
    await registry.start();
    await readToTheEnd(app);
    expect((await app.ask('/revenue?sku=WAITS')).body.rows).toMatchObject([{ captured: 7 }]);
    expect(await app.ask('/health/ready')).toMatchObject({ status: 200 });
    await registry.stop();
    await app.stop('the test is over');
  }, 60_000);

  it.each([
    ['kafka', { KAFKA_BROKERS: '127.0.0.1:1' }],
    ['postgres', { REVENUE_DATABASE_URL: 'postgres://revenue:revenue@127.0.0.1:1/nowhere' }],
  ])(
    'is up, and not ready for want of %s',
    async (name, env) => {
      const app = await platform.start(env);
      const { status, body } = await app.ask('/health/ready');
      expect(status).toBe(503);
      expect(body.checks.find((check) => check.name === name)).toMatchObject({
        ok: false,
        reason: expect.stringMatching(/.+/),
      });
      if (name === 'postgres') expect((await app.ask('/revenue')).status).toBe(503);
      else expect((await app.ask('/revenue')).status).toBe(200);
      await app.stop('the test is over');
    },
    60_000,
  );
});

/** A registry that can be away: a proxy before the real one. */
class StoppableProxy {
  #server: Server | undefined;
  #port = 0;
  constructor(private readonly url: string) {}

  async start(): Promise<string> {
    const { origin, pathname } = new URL(this.url);
    this.#server = createServer((request, response) => {
      void fetch(origin + request.url).then(async (answer) =>
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()),
      );
    });
    await new Promise<void>((listening) => this.#server?.listen(this.#port, '127.0.0.1', listening));
    this.#port = (this.#server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.#port}${pathname}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((closed) => this.#server?.close(closed));
  }
}

const sku = fc.constantFrom('TEA', 'BANK CHARGES', '47503J ', 'tea', 'ü\\t"\'');
const part = fc.record({ sku, quantity: fc.nat(9), amount: fc.nat(100_000) });
const parts = fc
  .array(part, { minLength: 1, maxLength: 5 })
  .map((some) => some.map((one, at) => ({ line: at + 1, ...one })));
const signed = fc.record({
  sku,
  quantity: fc.integer({ min: -9, max: 9 }),
  amount: fc.integer({ min: -999, max: 999 }),
});

/** Facts as they come from anywhere: the domain would not have made some of them, and their sum is their sum. */
const randomFact = (start: number): fc.Arbitrary<GivenFact> =>
  fc.record({
    orderId: fc.nat(80).map((number) => `f-${number}`),
    occurredAt: fc.nat(39 * 86_400_000).map((milliseconds) => start + milliseconds * 1000),
    fact: fc.record({ currency: fc.constantFrom('GBP', 'EUR'), amount: fc.nat(9) }).chain(({ currency, amount }) =>
      fc.oneof(
        parts.map((allocation): OrderEvent => ({
          type: 'PaymentCaptured',
          currency,
          paymentId: 'p',
          amount,
          allocation,
        })),
        parts.map((allocation): OrderEvent => ({
          type: 'RefundInitiated',
          currency,
          refundId: 'r',
          amount,
          allocation,
        })),
        parts.map((lines): OrderEvent => ({
          ...{ type: 'ReturnRecorded', customerId: null, currency, amount },
          lines: lines.map((line) => ({ ...line, unitPrice: 1 })),
        })),
        fc.array(signed, { minLength: 1, maxLength: 3 }).map((lines): OrderEvent => ({
          ...{ type: 'AdjustmentRecorded', customerId: null, currency, amount },
          lines: lines.map((line, at) => ({ line: at + 1, unitPrice: 1, ...line })),
        })),
        fc.constant<OrderEvent>({ type: 'OrderCancelled', currency, total: amount }),
      ),
    ),
  });

/** What revenue must be, said in another way than the projection says it: net and units first, then its two sides. */
function foldOf(facts: GivenFact[]): Answer['rows'] {
  const sums = new Map<string, { captured: number; refunded: number; units: number }>();
  for (const { fact, occurredAt } of facts) {
    const lines = 'allocation' in fact ? fact.allocation : 'lines' in fact ? fact.lines : [];
    for (const line of lines) {
      const back = fact.type === 'RefundInitiated' || fact.type === 'ReturnRecorded';
      const net = back ? -line.amount : line.amount;
      const units = back ? -line.quantity : line.quantity;
      if (net === 0 && units === 0) continue;
      const key = JSON.stringify([line.sku, dayOf(occurredAt ?? 0), 'currency' in fact ? fact.currency : '']);
      const sum = sums.get(key) ?? { captured: 0, refunded: 0, units: 0 };
      sums.set(key, sum);
      if (net > 0) sum.captured += net;
      else sum.refunded -= net;
      sum.units += units;
    }
  }
  const rows = [...sums].map(([key, { captured, refunded, units }]) => {
    const [sku, day, currency] = JSON.parse(key) as [string, string, string];
    return { sku, day, currency, captured, refunded: refunded + 0, net: captured - refunded, units: units + 0 };
  });
  return rows.sort((a, b) => compare(a.sku, b.sku) || compare(a.day, b.day) || compare(a.currency, b.currency));
}

const compare = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

function regrouped(rows: Answer['rows'], by: string[]): Answer['rows'] {
  const keys = [...by, 'currency'];
  const sums = new Map<string, Answer['rows'][number]>();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => row[name]));
    const sum = sums.get(key) ?? {
      ...Object.fromEntries(keys.map((name) => [name, row[name] as string])),
      captured: 0,
      refunded: 0,
      net: 0,
      units: 0,
    };
    for (const name of ['captured', 'refunded', 'net', 'units']) sum[name] = Number(sum[name]) + Number(row[name]);
    sums.set(key, sum);
  }
  const order = (row: Answer['rows'][number]) => keys.map((name) => String(row[name]));
  return [...sums.values()].sort((a, b) => {
    const [left, right] = [order(a), order(b)];
    return left.map((text, at) => compare(text, right[at] as string)).find((sign) => sign !== 0) ?? 0;
  });
}
