import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { telling } from '../test-kit/telling.js';

let service: TestService;
beforeAll(async () => {
  service = await runningService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const { placed, discount, call } = telling(() => service);
const list = (query = '') => call('GET', `/orders${query}`);

describe('the list of orders', () => {
  it('comes in pages, newest first, each order once, though orders are placed meanwhile', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift(await placed(100 + n));
    const seen: string[] = [];
    let query = '?limit=2';
    for (let pages = 0; pages < 10; pages += 1) {
      const { body } = await list(query);
      seen.push(...body.orders.map((order) => order.orderId));
      await placed();
      if (body.nextCursor === null) break;
      query = `?limit=2&cursor=${body.nextCursor}`;
    }
    expect(seen.slice(0, 5)).toEqual(ids);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('shows each as it stands now, and says what can be asked for', async () => {
    const id = await placed(8999);
    await discount(id, 'SAVE10', 1000);
    const { body } = await list('?limit=1');
    expect(body.orders[0]).toEqual({
      orderId: id,
      version: 2,
      status: 'placed',
      customerId: 'c-1',
      currency: 'GBP',
      total: 7999,
      captured: 0,
      refunded: 0,
      owed: 7999,
      placedAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(body['possible']).toMatchObject({ filters: ['customerId'], limit: { default: 50, most: 200 } });
  });

  it('may be of one customer', async () => {
    const first = await placed(1, { customerId: 'c-listed' });
    await placed(2);
    const second = await placed(3, { customerId: 'c-listed' });
    const page = await list('?customerId=c-listed&limit=1');
    expect(page.body.orders).toMatchObject([{ orderId: second }]);
    const next = await list(`?customerId=c-listed&limit=1&cursor=${page.body.nextCursor}`);
    expect(next.body).toMatchObject({ orders: [{ orderId: first }], nextCursor: null });
    expect(await list(`?limit=1&cursor=${page.body.nextCursor}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'cursor', problem: 'belongs to another question' }] },
    });
    expect((await list('?customerId=nobody')).body).toMatchObject({ orders: [], nextCursor: null });
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'cursor=x', 'customer=c-1', 'customerId=a@b.c'])(
    'refuses ?%s',
    async (query) => {
      expect(await list(`?${query}`)).toMatchObject({ status: 400, body: { errors: [{ in: 'query' }] } });
    },
  );
});
