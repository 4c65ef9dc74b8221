import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { rowsOf } from '../test-kit/rows.js';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let service: TestService;
let other: TestService;
beforeAll(async () => {
  service = await runningService();
  other = await service.another();
}, 60_000);
afterAll(async () => {
  await other.stop();
  await service.stop();
}, 60_000);

const { newId, place, placed, discount, capture, cancel, history } = telling(() => service);
const elsewhere = telling(() => other);
const keyed = (key = randomUUID()) => ({ 'idempotency-key': key });

describe('the same key with the same request', () => {
  it('has one effect and the same answer, also when the order has gone on', async () => {
    const id = await placed(8999);
    const key = keyed();
    const first = await capture(id, 'p-1', 100, {}, key);
    await discount(id, 'SAVE10', 1000);
    const again = await capture(id, 'p-1', 100, {}, key);
    expect(again).toMatchObject({ status: 201, etag: '"2"', body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await history(id)).body.facts).toHaveLength(3);
  });

  it('is refused again as it was, and the answer says that it is the one of before', async () => {
    const id = await placed(8999, { occurredAt: '2024-03-01T12:00:00Z' });
    for (const refused of [{ amount: 9000 }, { amount: 1, more: { occurredAt: '2024-03-01T11:59:59Z' } }]) {
      const key = keyed();
      const first = await capture(id, 'p-1', refused.amount, refused.more, key);
      const again = await capture(id, 'p-1', refused.amount, refused.more, key);
      const { correlationId: _, ...said } = first.body;
      expect(again).toMatchObject({ status: 422, etag: first.etag, body: said });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
  });

  it('places one order where no ID was given, also at another process', async () => {
    const key = keyed();
    const first = await place(undefined, 500, {}, key);
    expect(await place(undefined, 500, {}, key)).toMatchObject({ status: 201, body: first.body });
    expect(await elsewhere.place(undefined, 500, {}, key)).toMatchObject({ status: 201, body: first.body });
  });

  it('places one order where an ID was given: no duplicate, no attempt', async () => {
    const id = newId();
    const key = keyed();
    const first = await place(id, 500, {}, key);
    expect(await place(id, 500, {}, key)).toMatchObject({ status: 201, etag: '"1"', body: first.body });
    expect(await attemptsOf(id)).toEqual([]);
  });

  it('is the same whatever the order of its keys and its blanks', async () => {
    const id = newId();
    const key = keyed();
    await service.call(
      'POST',
      '/orders',
      `{"orderId":"${id}","customerId":"c","currency":"GBP","lines":[{"sku":"A","quantity":1,"unitPrice":5}]}`,
      key,
    );
    expect(
      await service.call(
        'POST',
        '/orders',
        `{ "lines":[{"unitPrice":5,"quantity":1,"sku":"A"}], "currency":"GBP", "customerId":"c", "orderId":"${id}" }`,
        key,
      ),
    ).toMatchObject({ status: 201 });
  });

  it('gives a refusal by a rule again, though the rule would let it pass by now', async () => {
    const id = await placed(8999);
    const key = keyed();
    const refused = await discount(id, 'BIG', 9000, {}, key);
    expect(refused).toMatchObject({ status: 422, body: { type: problemType('discount-exceeds-total'), total: 8999 } });
    await service.call('PUT', `/orders/${id}/lines`, {
      lines: [{ sku: 'A', quantity: 1, unitPrice: 99_999 }],
      reason: 'r',
    });
    const again = await discount(id, 'BIG', 9000, {}, key);
    expect({ ...again.body, correlationId: '' }).toEqual({ ...refused.body, correlationId: '' });
    expect(await elsewhere.discount(id, 'BIG', 9000, {}, key)).toMatchObject({ status: 422 });
    expect(await discount(id, 'BIG', 9000, {}, keyed())).toMatchObject({ status: 201 });
  });

  it('records a refused attempt once', async () => {
    const id = await placed(8999);
    const key = keyed();
    for (let n = 0; n < 3; n += 1) expect(await capture(id, 'p-1', 9000, {}, key)).toMatchObject({ status: 422 });
    expect(await attemptsOf(id)).toEqual([
      expect.objectContaining({ refusal: 'capture-exceeds-owed', amount: '9000', allowed: '8999' }),
    ]);
    expect(await attemptMessagesOf(id)).toHaveLength(1);
  });

  it('records a duplicate order ID once', async () => {
    const id = await placed(8999);
    const key = keyed();
    for (let n = 0; n < 3; n += 1) expect(await place(id, 1, {}, key)).toMatchObject({ status: 409 });
    expect(await attemptsOf(id)).toHaveLength(1);
    expect(await attemptMessagesOf(id)).toHaveLength(1);
  });

  it('records a duplicate order ID once, also where two processes meet it in the same moment', async () => {
    const rounds = Array.from({ length: 12 }, async () => {
      const id = await placed(8999);
      const key = keyed();
      await Promise.all([place(id, 1, {}, key), elsewhere.place(id, 1, {}, key)]);
      return [(await attemptsOf(id)).length, (await attemptMessagesOf(id)).length];
    });
    expect(await Promise.all(rounds)).toEqual(rounds.map(() => [1, 1]));
  });

  it('of a payment that was told before, and of nothing new, is 200 each time', async () => {
    const id = await placed(8999);
    await capture(id, 'p-1', 100);
    const key = keyed();
    expect(await capture(id, 'p-1', 100, {}, key)).toMatchObject({ status: 200, etag: '"2"' });
    expect(await capture(id, 'p-1', 100, {}, key)).toMatchObject({ status: 200, etag: '"2"' });
  });

  it('holds when the first answer asked for a version that has gone by', async () => {
    const id = await placed(8999);
    const headers = { ...keyed(), 'if-match': '"1"' };
    expect(await discount(id, 'SAVE10', 1000, {}, headers)).toMatchObject({ status: 201, etag: '"2"' });
    expect(await discount(id, 'SAVE10', 1000, {}, headers)).toMatchObject({ status: 201, etag: '"2"' });
  });

  it('waits while the first is under way', async () => {
    const id = await placed(8999);
    const key = keyed();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? elsewhere : { capture }).capture(id, 'p-1', 100, {}, key)),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await history(id)).body.facts).toHaveLength(2);
  });

  it('places one order when twenty come at once', async () => {
    const key = keyed();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? elsewhere : { place }).place(undefined, 700, {}, key)),
    );
    expect(new Set(answers.map((answer) => answer.body.orderId)).size).toBe(1);
  });
});

describe('a refusal by a rule that has changed since', () => {
  it('stays a refusal', async () => {
    const id = await placed(8999);
    const key = keyed();
    await discount(id, 'SAVE10', 1000, {}, key);
    // As if a release had refused it then that this one would not refuse.
    await rowsOf(
      service.database.connectionString,
      'update orders.commands set status = 422, version = 1 where key = $1',
      [key['idempotency-key']],
    );
    expect(await discount(id, 'SAVE10', 1000, {}, key)).toMatchObject({
      status: 422,
      body: { type: problemType('refused-before') },
    });
    expect((await history(id)).body.facts).toHaveLength(2);
  });
});

describe('the same key with another request', () => {
  it('is 422, whatever differs', async () => {
    const [id, another] = [await placed(8999), await placed(8999)];
    const key = keyed();
    await capture(id, 'p-1', 100, {}, key);
    for (const answer of [
      await capture(id, 'p-1', 101, {}, key),
      await capture(id, 'p-2', 100, {}, key),
      await capture(another, 'p-1', 100, {}, key),
      await capture(newId(), 'p-1', 100, {}, key),
    ]) {
      expect(answer).toMatchObject({ status: 422, body: { type: problemType('idempotency-key-used') } });
    }
  });

  it('of another route is another key', async () => {
    const id = await placed(8999);
    const key = keyed();
    expect(await capture(id, 'p-1', 100, {}, key)).toMatchObject({ status: 201 });
    expect(await discount(id, 'SAVE10', 100, {}, key)).toMatchObject({ status: 201 });
  });
});

describe('what is not kept', () => {
  it('is a 412: the same key tries again', async () => {
    const id = await placed(8999);
    const key = keyed();
    expect(await cancel(id, {}, { ...key, 'if-match': '"7"' })).toMatchObject({ status: 412 });
    expect(await cancel(id, {}, { ...key, 'if-match': '"1"' })).toMatchObject({ status: 200 });
  });

  it('is a 404: the order may come to be', async () => {
    const id = newId();
    const key = keyed();
    expect(await cancel(id, {}, key)).toMatchObject({ status: 404 });
    await place(id);
    expect(await cancel(id, {}, key)).toMatchObject({ status: 200 });
  });
});

describe('what is kept', () => {
  it('is no copy of the request', async () => {
    const key = randomUUID();
    await place(undefined, 500, { customer: { name: 'Ada Lovelace' } }, keyed(key));
    const [row] = await rowsOf(service.database.connectionString, 'select * from orders.commands where key = $1', [
      key,
    ]);
    expect(row).toMatchObject({ scope: 'POST /orders', version: '1', status: 201 });
    expect((row?.['request_hash'] as Buffer).length).toBe(32);
    expect(JSON.stringify(row)).not.toContain('Ada');
  });
});

const attemptsOf = (id: string) =>
  rowsOf(service.database.connectionString, 'select * from orders.attempts where order_id = $1', [id]);
const attemptMessagesOf = (id: string) =>
  rowsOf(
    service.database.connectionString,
    `select key from orders.outbox where aggregateid = $1 and type = 'OrderAttempt'`,
    [id],
  );
