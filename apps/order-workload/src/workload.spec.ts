import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import { runWorkload, type WorkloadOptions } from './workload.js';

/** Answers as order-service does, as far as the workload looks at it; the real one is in the end-to-end tests. */
type Answering = (request: { method: string; path: string; key: string; body: Record<string, unknown> }) => {
  status: number;
  body?: object;
};

let server: Server | undefined;
afterEach(async () => {
  if (!server) return;
  server.closeAllConnections();
  await new Promise((closed) => server!.close(closed));
  server = undefined;
});

async function serve(answering: Answering, port = 0): Promise<string> {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
    const key = String(request.headers['idempotency-key'] ?? '');
    const answer = answering({ method: request.method!, path: request.url!, key, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body ?? {}));
  };
  server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((listening) => server!.listen(port, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Keeps what it is told, by key, and refuses what the rules refuse. */
function orders(): Answering & { seen: Map<string, number> } {
  const answers = new Map<string, { status: number; body: object }>();
  const seen = new Map<string, number>();
  const placed = new Set<string>();
  const told: Record<string, unknown> = {};
  const answering: Answering = ({ method, path, key, body }) => {
    if (method === 'GET') return told.placedAt ? { status: 200, body: told } : { status: 404 };
    seen.set(key, (seen.get(key) ?? 0) + 1);
    const known = answers.get(key);
    if (known) return known;
    const orderId = (body.orderId as string | undefined) ?? path.split('/')[2]!;
    if (path === '/orders' && placed.has(orderId)) return { status: 409 };
    if (key.endsWith('paid-too-much')) return { status: 422 };
    placed.add(orderId);
    if (orderId === '8471') tell(path, body);
    const answer = { status: 201, body: { orderId, version: answers.size } };
    answers.set(key, answer);
    return answer;
  };
  const tell = (path: string, body: Record<string, unknown>) => {
    if (path === '/orders')
      Object.assign(told, { ...body, placedAt: body.occurredAt, discounts: [], captured: 0, refunds: [] });
    if (path.endsWith('/discounts')) told.discounts = [{ code: body.code }];
    if (path.endsWith('/payments')) told.captured = body.amount;
    if (path.endsWith('/refunds')) told.refunds = [{ refundId: body.refundId, completed: false }];
    if (path.endsWith('/completion')) (told.refunds as { completed: boolean }[])[0]!.completed = true;
  };
  return Object.assign(answering, { seen });
}

function run(ordersUrl: string, more: Partial<WorkloadOptions> = {}) {
  const said: [string, Record<string, unknown>][] = [];
  const stop = new AbortController();
  const heard = async (signal: string, within = 15_000) => {
    for (const until = Date.now() + within; !said.some(([name]) => name === signal);) {
      if (Date.now() > until) throw new Error(`${signal} was not heard`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return said.find(([name]) => name === signal)![1];
  };
  const done = runWorkload({
    ordersUrl,
    rate: 0,
    seed: 'test',
    once: false,
    stop: stop.signal,
    say: (name, fields) => said.push([name, fields]),
    ...more,
  });
  return { said, heard, done, stop: () => stop.abort() };
}

describe('the workload', () => {
  it('tells the story of Order #8471 once, and idles at rate 0 until it is stopped', async () => {
    const service = orders();
    const url = await serve(service);
    const first = run(url);
    expect(await first.heard('workload.story-told')).toEqual({ order: '8471', now: 'now' });
    first.stop();
    expect((await first.done).orders).toBe(0);
    expect([...service.seen.keys()]).toEqual([
      'story-8471-placed',
      'story-8471-coupon',
      'story-8471-paid',
      'story-8471-placed-by-another',
      'story-8471-refunded',
      'story-8471-refund-done',
    ]);
    const again = run(url, { once: true });
    await again.done;
    expect(await again.heard('workload.story-told')).toEqual({ order: '8471', now: 'before' });
    expect(Math.max(...service.seen.values())).toBe(1);
  });

  it('goes on with a story that was broken off, and does not repeat what was told', async () => {
    const service = orders();
    let answered = 0;
    const url = await serve((request) => (++answered > 4 ? { status: 418 } : service(request)));
    await expect(run(url, { once: true }).done).rejects.toThrow('stopped at');
    answered = -100;
    await run(url, { once: true }).done;
    expect(Object.fromEntries(service.seen)).toMatchObject({ 'story-8471-placed': 1, 'story-8471-refund-done': 1 });
  });

  it('makes orders at the rate, and counts what came of them', async () => {
    const service = orders();
    let placed = 0;
    const url = await serve((request) => {
      if (request.path === '/orders') placed++;
      return service(request);
    });
    const workload = run(url, { rate: 40 });
    await workload.heard('workload.story-told');
    const from = Date.now();
    await eventually({ withinMs: 10_000 }, () => expect(placed).toBeGreaterThan(80)); // due after two seconds
    workload.stop();
    const counts = await workload.done;
    // Never above the rate, however slow the machine was.
    const due = (40 * (Date.now() - from)) / 1_000;
    expect(counts.orders).toBeLessThan(due + 60);
    expect(counts.surprises).toBe(0);
    const requests = [...service.seen].filter(([key]) => !key.startsWith('story-'));
    const all = requests.reduce((sum, [, times]) => sum + times, 0);
    expect(counts.facts + counts.repeated + counts.refused).toBe(all);
    expect(counts.repeated).toBe(all - requests.length);
  }, 20_000);

  it('waits for a service that is away, asks with one request, and sends nothing twice under another key', async () => {
    const service = orders();
    const url = await serve(service);
    const workload = run(url, { rate: 20 });
    await workload.heard('workload.story-told');
    const port = Number(new URL(url).port);
    server!.closeAllConnections();
    await new Promise((closed) => server!.close(closed));
    await workload.heard('workload.away');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(workload.said.filter(([name]) => name === 'workload.away').length).toBeLessThan(6);
    await serve(service, port);
    await workload.heard('workload.back');
    workload.stop();
    expect((await workload.done).surprises).toBe(0);
  }, 30_000);

  it('says where an answer is not the promised one, and leaves that order alone', async () => {
    const service = orders();
    const url = await serve((request) =>
      request.path.endsWith('/payments') && !request.path.includes('8471')
        ? { status: 422, body: { type: 'urn:orderlog:problem:odd', title: 'Odd.' } }
        : service(request),
    );
    const workload = run(url, { rate: 50 });
    const surprise = await workload.heard('workload.surprised');
    expect(surprise).toMatchObject({ status: 422, expected: 'fact', problem: expect.stringContaining('Odd.') });
    workload.stop();
    expect((await workload.done).surprises).toBeGreaterThan(0);
  }, 20_000);
});
