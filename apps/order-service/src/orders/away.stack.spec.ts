import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, livedMs } from '@orderlog/local-stack';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

/** Something between the service and Postgres that can be cut, and silenced. */
class Line {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #silent = false;
  port = 0;

  constructor(private readonly to: { host: string; port: number }) {}

  async open(): Promise<void> {
    this.#server = createServer((inward) => {
      const outward = connect(this.to);
      for (const socket of [inward, outward]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => this.#sockets.delete(socket));
      }
      inward.on('data', (bytes) => void (this.#silent || outward.write(bytes)));
      outward.on('data', (bytes) => void (this.#silent || inward.write(bytes)));
      inward.on('close', () => outward.destroy());
      outward.on('close', () => inward.destroy());
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as { port: number }).port;
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  silence(silent: boolean): void {
    this.#silent = silent;
    if (!silent) for (const socket of this.#sockets) socket.destroy();
  }
}

let whole: TestService;
let service: TestService;
let line: Line;
beforeAll(async () => {
  whole = await runningService();
  const address = new URL(whole.database.as('orders'));
  line = new Line({ host: address.hostname, port: Number(address.port) });
  await line.open();
  address.hostname = '127.0.0.1';
  address.port = String(line.port);
  service = await whole.another({
    ORDERS_DATABASE_URL: address.href,
    ORDERS_APPEND_TIMEOUT_MS: '1500',
    ORDERS_READ_TIMEOUT_MS: '1500',
  });
}, 60_000);
afterAll(async () => {
  await service.stop();
  await line.cut();
  await whole.stop();
}, 60_000);

const { newId, place, capture, read, history, call } = telling(() => service);
/** Through the service that is never cut off, and has more time. */
const { placed } = telling(() => whole);

describe('while Postgres is away', () => {
  it('every call is 503 with Retry-After, and all is well once it is back', async () => {
    const id = await placed(100);
    await line.cut();
    for (const answer of await Promise.all([
      place(newId()),
      capture(id, 'p-1', 10, {}, { 'idempotency-key': newId() }),
      read(id),
      history(id),
      call('GET', '/orders'),
      place(newId(), 1, { customerId: newId(), customer: { name: 'Ada' } }),
    ])) {
      expect(answer).toMatchObject({ status: 503, body: { type: problemType('store-unavailable') } });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect(await call('GET', '/health/live')).toMatchObject({ status: 200 });
    expect(await call('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: {
        status: 'not-ready',
        checks: expect.arrayContaining([expect.objectContaining({ name: 'postgres', ok: false })]),
      },
    });
    await line.open();
    await eventually({ withinMs: 30_000 }, async () => expect((await capture(id, 'p-1', 10)).status).toBe(201));
    expect((await read(id)).body).toMatchObject({ version: 2, captured: 10 });
  }, 60_000);

  it('a request whose answer was lost counts once when it is sent again with its key', async () => {
    const id = await placed(100);
    const key = { 'idempotency-key': newId() };
    const under = Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        capture(id, `p-${n}`, 10, {}, { 'idempotency-key': `${key['idempotency-key']}-${n}` }),
      ),
    );
    await line.cut();
    await line.open();
    const first = await under;
    for (const answer of first) expect([201, 503]).toContain(answer.status);
    await eventually({ withinMs: 30_000 }, async () => expect((await read(id)).status).toBe(200));
    for (let n = 0; n < 5; n += 1) {
      const again = await capture(id, `p-${n}`, 10, {}, { 'idempotency-key': `${key['idempotency-key']}-${n}` });
      expect(again.status).toBe(201);
    }
    expect((await read(id)).body).toMatchObject({ version: 6, captured: 50 });
  }, 60_000);

  it('nobody waits for a Postgres that says nothing for longer than the time limit', async () => {
    const id = await placed(100);
    line.silence(true);
    const startedAt = livedMs();
    const answers = await Promise.all([capture(id, 'p-1', 10), read(id), place(newId())]);
    expect(answers.map((answer) => answer.status)).toEqual([503, 503, 503]);
    expect(livedMs() - startedAt).toBeLessThan(3 * 1_500 + 3_000); // an append reads twice at most
    line.silence(false);
    await eventually({ withinMs: 30_000 }, async () => expect((await read(id)).status).toBe(200));
  }, 60_000);
});
