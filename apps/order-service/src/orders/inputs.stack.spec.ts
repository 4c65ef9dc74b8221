import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { telling } from '../test-kit/telling.js';

let service: TestService;
beforeAll(async () => {
  service = await runningService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const { newId, place, placed, discount, capture, refund, call, read } = telling(() => service);
const line = { sku: 'A', quantity: 1, unitPrice: 100 };

describe('an address', () => {
  it('whose order ID cannot be decoded is 400 and says so', async () => {
    expect(await call('GET', '/orders/%zz')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'orderId', in: 'path', problem: 'is not text in percent-encoding' }] },
    });
  });

  it.each([
    ['DELETE', '/orders/8471', 'GET, HEAD'],
    ['POST', '/orders/8471/lines', 'PUT'],
    ['PUT', '/orders', 'GET, HEAD, POST'],
  ])('is not called with every method: %s %s is 405', async (method, path, allow) => {
    const answer = await call(method, path);
    expect(answer).toMatchObject({ status: 405, body: { type: 'urn:orderlog:problem:method-not-allowed' } });
    expect(answer.headers.get('allow')).toBe(allow);
  });
});

describe('a command', () => {
  it('that says an amount twice is taken for neither', async () => {
    const id = await placed(8999);
    const answer = await call('POST', `/orders/${id}/payments`, '{"paymentId":"p-1","amount":1,"amount":8999}');
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'amount', in: 'body' }] } });
    expect((await read(id)).body.captured).toBe(0);
  });
});

describe('POST /orders', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no customer', { customerId: undefined }, 'customerId'],
    ['an e-mail address for a pseudonym', { customerId: 'ada@example.org' }, 'customerId'],
    ['a blank at an end of a customer', { customerId: 'c-1 ' }, 'customerId'],
    ['a customer of 129', { customerId: 'x'.repeat(129) }, 'customerId'],
    ['an ID with a blank', { orderId: 'a b' }, 'orderId'],
    ['an empty ID', { orderId: '' }, 'orderId'],
    ['an ID of 65', { orderId: 'x'.repeat(65) }, 'orderId'],
    ['an ID with a slash', { orderId: 'a/b' }, 'orderId'],
    ['an ID that no address keeps', { orderId: '..' }, 'orderId'],
    ['no lines', { lines: [] }, 'lines'],
    ['lines that are none', { lines: 'A' }, 'lines'],
    ['1,001 lines', { lines: Array(1_001).fill(line) }, 'lines'],
    ['an empty SKU', { lines: [{ ...line, sku: '' }] }, 'lines.0.sku'],
    ['a blank SKU', { lines: [{ ...line, sku: '  ' }] }, 'lines.0.sku'],
    ['an SKU of 65', { lines: [{ ...line, sku: 'x'.repeat(65) }] }, 'lines.0.sku'],
    ['U+0000 in an SKU', { lines: [{ ...line, sku: 'a\u0000b' }] }, 'lines.0.sku'],
    ['half a surrogate pair', { lines: [{ ...line, sku: 'a\ud800' }] }, 'lines.0.sku'],
    ['a quantity of 0', { lines: [{ ...line, quantity: 0 }] }, 'lines.0.quantity'],
    ['a quantity of 1.5', { lines: [{ ...line, quantity: 1.5 }] }, 'lines.0.quantity'],
    ['a quantity as text', { lines: [{ ...line, quantity: '1' }] }, 'lines.0.quantity'],
    ['a negative price', { lines: [{ ...line, unitPrice: -1 }] }, 'lines.0.unitPrice'],
    ['a price of 0.5', { lines: [{ ...line, unitPrice: 0.5 }] }, 'lines.0.unitPrice'],
    ['a price past what counts', { lines: [{ ...line, unitPrice: 2 ** 53 }] }, 'lines.0.unitPrice'],
    ['a field of a line that nobody knows', { lines: [{ ...line, price: 1 }] }, 'lines.0.price'],
    ['a field that nobody knows', { total: 5 }, 'total'],
    ['no currency', { currency: undefined }, 'currency'],
    ['a currency in small letters', { currency: 'gbp' }, 'currency'],
    ['a currency that is none', { currency: 'XXX' }, 'currency'],
    ['an empty customer', { customer: {} }, 'customer'],
    ['a customer with more than we asked for', { customer: { name: 'Ada', phone: '1' } }, 'customer.phone'],
    ['an e-mail address in the reason', { reason: 'ask ada@example.org' }, 'reason'],
    ['an e-mail address for an SKU', { lines: [{ ...line, sku: 'ada@example.org' }] }, 'lines.0.sku'],
  ])('with %s is 400 and names the field', async (_what, more, field) => {
    const answer = await place(newId(), 100, more);
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([expect.objectContaining({ field, in: 'body' })]) },
    });
    for (const error of answer.body.errors) {
      expect([error.problem, error.remedy]).toEqual([expect.any(String), expect.stringMatching(/\S/)]);
    }
  });

  it.each(['2099-01-01T00:00:00Z', '2024-01-01T00:00:00', 'yesterday', '1969-12-31T23:59:59Z'])(
    'that happened at %s is 400 and says what would be taken',
    async (occurredAt) => {
      const { status, body } = await place(newId(), 100, { occurredAt });
      expect({ status, errors: body.errors }).toMatchObject({
        status: 400,
        errors: [{ field: 'occurredAt', remedy: expect.stringMatching(/^send a time .*with its zone, as 2026-/) }],
      });
    },
  );

  it('never repeats what was sent of a person', async () => {
    const { body } = await place(newId(), 100, {
      customer: { name: 'Ada Lovelace', email: 'ada@example.org', phone: '1' },
    });
    expect(JSON.stringify(body)).not.toMatch(/Ada|ada@/);
  });

  it('takes 1,000 lines, an ID of 64, a price of 0 and an SKU in every script', async () => {
    expect(await place('x'.repeat(64), 0, { lines: Array(1_000).fill({ ...line, unitPrice: 1 }) })).toMatchObject({
      status: 201,
      body: { total: 1_000 },
    });
    expect(await place(newId(), 0, { lines: [{ sku: 'Ölkännchen 🫖 ', quantity: 1, unitPrice: 0 }] })).toMatchObject({
      status: 201,
      body: { total: 0, lines: [{ sku: 'Ölkännchen 🫖 ' }] },
    });
  });

  it('refuses lines that add up to more than can be counted', async () => {
    const lines = Array(3).fill({ sku: 'A', quantity: 1_000, unitPrice: 2 ** 42 });
    expect(await place(newId(), 0, { lines })).toMatchObject({
      status: 422,
      body: { type: expect.stringMatching('total-too-large') },
    });
  });
});

describe('an amount', () => {
  it.each([0, -1, 1.5, '100', null, 2 ** 53, undefined])('of %j is 400', async (amount) => {
    const id = await placed();
    const wrong = amount as number;
    for (const answer of [
      await discount(id, 'X', wrong),
      await capture(id, 'p', wrong),
      await refund(id, 'r', wrong),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'amount' }] } });
    }
  });
});

describe('an ID that others gave', () => {
  it('is taken as they wrote it, also in an address', async () => {
    const id = await placed(100, { customerId: 'Kunde 17/ä' });
    expect(await capture(id, 'pay/1 #2 ü', 100)).toMatchObject({
      status: 201,
      body: { payments: [{ paymentId: 'pay/1 #2 ü' }], customerId: 'Kunde 17/ä' },
    });
    const refundId = 'ref/1 ü?';
    expect(await refund(id, refundId, 10, { lines: [] })).toMatchObject({ status: 201 });
    expect(await call('POST', `/orders/${id}/refunds/${encodeURIComponent(refundId)}/completion`)).toMatchObject({
      status: 200,
      body: { refunds: [{ refundId, completed: true }] },
    });
  });
});

describe('a reason', () => {
  it('is asked for where the contract has one', async () => {
    const id = await placed();
    for (const answer of [
      await call('PUT', `/orders/${id}/lines`, { lines: [line] }),
      await call('POST', `/orders/${id}/refunds`, { refundId: 'r', amount: 1 }),
      await call('POST', `/orders/${id}/cancellation`, {}),
      await call('POST', `/orders/${id}/cancellation`),
      await call('POST', `/orders/${id}/resolution`, { decision: 'so' }),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'reason', problem: 'is missing' }] } });
    }
  });
});

it('no other text that a fact keeps takes an e-mail address', async () => {
  const id = await placed(8999);
  for (const [path, body, field] of [
    ['discounts', { code: 'ada@example.org', amount: 1 }, 'code'],
    ['payments', { paymentId: 'ada@example.org', amount: 1 }, 'paymentId'],
    ['refunds', { refundId: 'ada@example.org', amount: 1, reason: 'late' }, 'refundId'],
    ['resolution', { decision: 'ask ada@example.org', reason: 'seen' }, 'decision'],
  ] as const) {
    expect(await call('POST', `/orders/${id}/${path}`, JSON.stringify(body))).toMatchObject({
      status: 400,
      body: { errors: [{ field, problem: 'holds an e-mail address, which would be kept for ever' }] },
    });
  }
});

describe('a header', () => {
  it.each([
    ['if-match', '3'],
    ['if-match', 'W/"3"'],
    ['if-match', '"3", "4"'],
    ['if-match', ''],
    ['idempotency-key', 'two words'],
    ['idempotency-key', 'x'.repeat(256)],
    ['x-actor', '   '],
    ['x-actor', 'x'.repeat(129)],
    ['x-correlation-id', 'two words'],
    ['x-actor', 'Ada <ada@example.org>'],
    ['x-correlation-id', 'ada@example.org'],
  ])('%s: %s is 400 and is named', async (name, value) => {
    const answer = await place(newId(), 1, {}, { [name]: value });
    // An empty header is no header to fetch and to Fastify alike where it stands alone; If-Match is not one of those.
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ in: 'header' }] } });
    expect(answer.body.errors[0]?.field.toLowerCase()).toBe(name);
  });
});

describe('an address', () => {
  it.each(['/orders/a%20b', `/orders/${'x'.repeat(65)}`, '/orders/a%2Fb', '/orders/%00', '/orders/ö'])(
    '%s is 400 and names orderId',
    async (path) => {
      expect(await call('GET', path)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'orderId', in: 'path', remedy: expect.stringContaining('1 to 64') }] },
      });
    },
  );

  it('that is none of ours is 404 in problem+json', async () => {
    expect(await call('GET', '/order')).toMatchObject({ status: 404, body: { status: 404 } });
  });
});

describe('a query', () => {
  it.each([
    'version=0',
    'version=x',
    'version=1.5',
    'version=1&at=2024-01-01T00:00:00Z',
    'vresion=1',
    'at=2024-01-01',
    'asOf=2999-01-01T00:00:00Z',
  ])('?%s is 400', async (query) => {
    expect(await read(await placed(), `?${query}`)).toMatchObject({ status: 400, body: { errors: [{ in: 'query' }] } });
  });
});
