import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, migrate, repository, type TestDatabase } from '@orderlog/local-stack';
import { EventStore } from '@orderlog/event-store';
import { waitForRevenue, type WaitOptions } from './wait-for-revenue.js';

let database: TestDatabase;
let pool: pg.Pool;
let superuser: pg.Pool;
let server: Server;
let revenueUrl: string;
/** What revenue says of its one partition. */
const revenue = { state: 'running', offset: 0, end: 0 as number | null };

beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.connectionString, [join(repository, 'libs/event-store/migrations')]);
  pool = new pg.Pool({ connectionString: database.as('orders') });
  superuser = new pg.Pool({ connectionString: database.connectionString });
  server = createServer((_, response) => {
    const { state, offset, end } = revenue;
    response.end(JSON.stringify({ state, partitions: [{ topic: 'facts', partition: 0, offset, end }] }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  revenueUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all([pool.end(), superuser.end()]);
  await database.drop();
});

/** A message that waits for the relay. */
beforeEach(async () => {
  const store = new EventStore({ connectionString: database.as('orders') });
  const message = { topic: 'facts', key: 'a:1', partition: 0, aggregateId: 'a', type: 'OrderPlaced' };
  await store.enqueue([{ ...message, payload: Buffer.from('x'), headers: {}, timestamp: 0, position: null }]);
  await store.close();
  Object.assign(revenue, { state: 'running', offset: 0, end: 0 });
});
const sent = () => superuser.query('delete from orders.outbox');
const wait = (onWaiting: WaitOptions['onWaiting'], more: Partial<WaitOptions> = {}) =>
  waitForRevenue({ pool, revenueUrl, signal: new AbortController().signal, onWaiting, pollMs: 20, ...more });

describe('waiting for revenue', () => {
  it('ends once the outbox is sent and revenue has read up to where the topic ended then', async () => {
    const seen: string[] = [];
    const waited = await wait(({ toSend, toCount }) => {
      const now = `${toSend} to send, ${toCount} to count`;
      if (seen.at(-1) !== now) seen.push(now);
      if (toSend > 0) {
        Object.assign(revenue, { end: 3 });
        void sent();
      } else {
        // Orders go on being placed: the end moves away, and is not waited for.
        revenue.offset++;
        revenue.end! += 10;
      }
    });
    expect(waited).toEqual({ outcome: 'caught-up' });
    expect(seen[0]).toBe('1 to send, 0 to count');
    expect(seen.at(-1)).toBe('0 to send, 1 to count');
    expect(revenue.offset).toBe(3);
  });

  it('does not take an end that nobody knows for one that is reached', async () => {
    await sent();
    Object.assign(revenue, { end: null });
    let asked = 0;
    const waited = await wait(() => {
      if (++asked === 3) Object.assign(revenue, { end: 1, offset: 1 });
    });
    expect(waited).toEqual({ outcome: 'caught-up' });
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  it('is given up where nothing moves, and says what stands still', async () => {
    const stalled = { stalledMs: 150 };
    expect(await wait(() => undefined, stalled)).toEqual({
      outcome: 'stalled',
      where: expect.stringContaining('relay'),
    });
    await sent();
    Object.assign(revenue, { state: 'stopped', end: 5 });
    expect(await wait(() => undefined, stalled)).toEqual({
      outcome: 'stalled',
      where: 'revenue is stopped and 5 messages behind',
    });
  });

  it('does not begin where nobody answers', async () => {
    const nobody = 'http://127.0.0.1:9';
    expect(await wait(() => undefined, { revenueUrl: nobody })).toEqual({ outcome: 'not-running', url: nobody });
  });
});
