import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rowsOf } from '../test-kit/rows.js';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

const rows = (text: string, values: unknown[]) => rowsOf(service.database.connectionString, text, values);

/** DESIGN.md, "What the answers are": a test a sentence. */
let service: TestService;
beforeAll(async () => {
  service = await runningService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const { newId, place, placed, update, discount, capture, refund, complete, cancel, read, history, call } = telling(
  () => service,
);

describe('the story of order 8471', () => {
  it('is placed at 89.99, discounted to 79.99, captured, a duplicate refused, part refunded', async () => {
    const id = newId();
    const placedAnswer = await place(id, 8999, {}, { 'x-actor': 'customer' });
    expect(placedAnswer).toMatchObject({
      status: 201,
      etag: '"1"',
      body: { orderId: id, version: 1, status: 'placed' },
    });
    expect(placedAnswer.headers.get('location')).toBe(`/orders/${id}`);
    expect(await discount(id, 'SAVE10', 1000, {}, { 'x-actor': 'agent 17' })).toMatchObject({
      status: 201,
      etag: '"2"',
      body: { total: 7999, owed: 7999 },
    });
    expect(await capture(id, 'p-1', 7999)).toMatchObject({ status: 201, body: { status: 'captured', owed: 0 } });
    expect(await place(id, 7999)).toMatchObject({
      status: 409,
      body: {
        type: problemType('order-exists'),
        existing: { placedTotal: 8999, total: 7999 },
        requested: { total: 7999 },
      },
    });
    expect(await refund(id, 'r-1', 2000)).toMatchObject({
      status: 201,
      body: { status: 'partly-refunded', refunded: 2000, version: 4 },
    });
    const { body } = await history(id);
    expect(body.facts.map((fact) => fact.type)).toEqual([
      'OrderPlaced',
      'DiscountApplied',
      'PaymentCaptured',
      'RefundInitiated',
    ]);
    expect(body.facts[1]).toMatchObject({
      actor: { name: 'agent 17', claimed: true },
      difference: expect.arrayContaining([expect.objectContaining({ text: 'total 89.99 → 79.99 GBP' })]),
    });
  });
});

describe('an answer', () => {
  it('is the same for a command and for GET, and has every field of the contract', async () => {
    const id = newId();
    const { body } = await place(id, 500, {
      lines: [
        { sku: '47503J ', quantity: 2, unitPrice: 100 },
        { sku: 'BANK CHARGES', quantity: 1, unitPrice: 300 },
      ],
    });
    expect(body).toEqual({
      orderId: id,
      version: 1,
      status: 'placed',
      customerId: 'c-1',
      channel: 'api',
      currency: 'GBP',
      lines: [
        { line: 1, sku: '47503J ', quantity: 2, unitPrice: 100, amount: 200 },
        { line: 2, sku: 'BANK CHARGES', quantity: 1, unitPrice: 300, amount: 300 },
      ],
      discounts: [],
      total: 500,
      captured: 0,
      refunded: 0,
      owed: 500,
      payments: [],
      refunds: [],
      placedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      updatedAt: expect.any(String),
      recordedAt: expect.any(String),
    });
    expect((await read(id)).body).toEqual(body);
  });

  it('has an ID of ours where none was given: a UUIDv7', async () => {
    const { status, body } = await place(undefined);
    expect([status, body.orderId]).toEqual([
      201,
      expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    ]);
  });

  it('keeps two lines of one SKU apart', async () => {
    const { body } = await place(newId(), 0, {
      lines: [
        { sku: 'A', quantity: 1, unitPrice: 5 },
        { sku: 'A', quantity: 2, unitPrice: 5 },
      ],
    });
    expect(body.lines).toMatchObject([
      { line: 1, amount: 5 },
      { line: 2, amount: 10 },
    ]);
  });
});

describe('lines', () => {
  it('are replaced, and discounts stay', async () => {
    const id = await placed(8999);
    await discount(id, 'SAVE10', 1000);
    expect(await update(id, [{ sku: 'B', quantity: 3, unitPrice: 1000 }])).toMatchObject({
      status: 200,
      etag: '"3"',
      body: { total: 2000, discounts: [{ code: 'SAVE10', amount: 1000 }], lines: [{ sku: 'B' }] },
    });
  });

  it('that are there already make no fact, with a key and without', async () => {
    const id = await placed(8999);
    const same = [{ sku: 'B', quantity: 3, unitPrice: 1000 }];
    await update(id, same);
    expect(await update(id, same)).toMatchObject({ status: 200, etag: '"2"', body: { total: 3000 } });
    const key = { 'idempotency-key': newId() };
    expect(await update(id, same, {}, key)).toMatchObject({ status: 200, etag: '"2"' });
    expect((await history(id)).body.facts).toHaveLength(2);
  });

  it('are refused after any capture', async () => {
    const id = await placed(8999);
    await capture(id, 'p-1', 1);
    expect(await update(id, [{ sku: 'B', quantity: 1, unitPrice: 1 }])).toMatchObject({
      status: 422,
      body: { type: problemType('lines-after-capture') },
    });
  });

  it('are refused where discounts exceed the new total', async () => {
    const id = await placed(8999);
    await discount(id, 'SAVE10', 1000);
    expect(await update(id, [{ sku: 'B', quantity: 1, unitPrice: 999 }])).toMatchObject({
      status: 422,
      body: { type: problemType('discounts-exceed-total'), discounts: 1000, linesTotal: 999 },
    });
  });
});

describe('a discount', () => {
  it('of the same code twice is refused', async () => {
    const id = await placed();
    await discount(id, 'SAVE10', 1000);
    expect(await discount(id, 'SAVE10', 1000)).toMatchObject({
      status: 422,
      body: { type: problemType('discount-code-used') },
    });
  });

  it('above the total is refused', async () => {
    expect(await discount(await placed(100), 'BIG', 101)).toMatchObject({
      status: 422,
      body: { type: problemType('discount-exceeds-total'), total: 100 },
    });
  });
});

describe('a capture', () => {
  it('is refused above what is owed', async () => {
    const id = await placed(8999);
    await discount(id, 'SAVE10', 1000);
    expect(await capture(id, 'p-1', 8000)).toMatchObject({
      status: 422,
      body: { type: problemType('capture-exceeds-owed'), owed: 7999, currency: 'GBP' },
    });
  });

  it('in parts adds up to the penny on every line', async () => {
    const { body: order } = await place(newId(), 0, {
      lines: [1, 2, 3].map((n) => ({ sku: `S${n}`, quantity: 1, unitPrice: 100 })),
    });
    const first = await capture(order.orderId, 'p-1', 100);
    expect(first.body.payments[0]?.allocation.map((part) => part.amount)).toEqual([34, 33, 33]);
    const second = await capture(order.orderId, 'p-2', 200);
    expect(second.body.payments[1]?.allocation.map((part) => part.amount)).toEqual([66, 67, 67]);
    expect(second.body.status).toBe('captured');
  });

  it('of the same payment with the same body is 200 and no new fact', async () => {
    const id = await placed(8999);
    expect(await capture(id, 'p-1', 100)).toMatchObject({ status: 201, etag: '"2"' });
    expect(await capture(id, 'p-1', 100)).toMatchObject({ status: 200, etag: '"2"', body: { captured: 100 } });
    expect((await history(id)).body.facts).toHaveLength(2);
  });

  it('of the same payment with another body is refused', async () => {
    const id = await placed(8999);
    await capture(id, 'p-1', 100);
    expect(await capture(id, 'p-1', 101)).toMatchObject({
      status: 422,
      body: { type: problemType('payment-id-used') },
    });
  });
});

describe('a refund', () => {
  it('is refused above what was captured and not refunded', async () => {
    const id = await placed(8999);
    await capture(id, 'p-1', 5000);
    await refund(id, 'r-1', 2000);
    expect(await refund(id, 'r-2', 3001)).toMatchObject({
      status: 422,
      body: { type: problemType('refund-exceeds-captured'), refundable: 3000 },
    });
  });

  it('names lines that add up to its amount', async () => {
    const { body: order } = await place(newId(), 0, {
      lines: [
        { sku: 'A', quantity: 2, unitPrice: 1000 },
        { sku: 'B', quantity: 1, unitPrice: 500 },
      ],
    });
    await capture(order.orderId, 'p-1', 2500);
    expect(await refund(order.orderId, 'r-0', 1000, { lines: [{ line: 1, quantity: 1, amount: 999 }] })).toMatchObject({
      status: 422,
      body: { type: problemType('refund-lines-differ') },
    });
    expect(await refund(order.orderId, 'r-1', 1000, { lines: [{ line: 1, quantity: 1, amount: 1000 }] })).toMatchObject(
      {
        status: 201,
        body: { refunds: [{ allocation: [{ line: 1, sku: 'A', quantity: 1, amount: 1000 }] }] },
      },
    );
    expect(await refund(order.orderId, 'r-2', 100, { lines: [{ line: 9, quantity: 1 }] })).toMatchObject({
      status: 422,
      body: { type: problemType('refund-line-unknown') },
    });
    expect(await refund(order.orderId, 'r-3', 100, { lines: [{ line: 1, quantity: 2 }] })).toMatchObject({
      status: 422,
      body: { type: problemType('refund-exceeds-units'), returnable: 1 },
    });
  });

  it('without lines is spread over what is captured and not refunded', async () => {
    const { body: order } = await place(newId(), 0, {
      lines: [
        { sku: 'A', quantity: 1, unitPrice: 100 },
        { sku: 'B', quantity: 1, unitPrice: 300 },
      ],
    });
    await capture(order.orderId, 'p-1', 400);
    const { body } = await refund(order.orderId, 'r-1', 40);
    expect(body.refunds[0]?.allocation).toMatchObject([
      { line: 1, amount: 10 },
      { line: 2, amount: 30 },
    ]);
  });

  it('told again with the same body is 200 and no new fact, with another body refused', async () => {
    const id = await placed(8999);
    await capture(id, 'p-1', 8999);
    expect(await refund(id, 'r-1', 2000)).toMatchObject({ status: 201, etag: '"3"' });
    expect(await refund(id, 'r-1', 2000)).toMatchObject({ status: 200, etag: '"3"' });
    expect(await refund(id, 'r-1', 2001)).toMatchObject({ status: 422, body: { type: problemType('refund-id-used') } });
    expect(await refund(id, 'r-1', 2000, { reason: 'another' })).toMatchObject({ status: 422 });
  });

  it('is completed once; again is 200, and of an unknown one 404', async () => {
    const id = await placed(8999);
    await capture(id, 'p-1', 8999);
    await refund(id, 'r-1', 2000);
    expect(await complete(id, 'r-1')).toMatchObject({
      status: 200,
      etag: '"4"',
      body: { refunds: [{ completed: true }] },
    });
    expect(await complete(id, 'r-1')).toMatchObject({ status: 200, etag: '"4"' });
    expect(await complete(id, 'r-9')).toMatchObject({ status: 404, body: { type: problemType('refund-not-found') } });
  });
});

describe('a cancellation', () => {
  it('waits for the refund of what was captured; completing that refund is allowed after it', async () => {
    const id = await placed(8999);
    await capture(id, 'p-1', 8999);
    expect(await cancel(id)).toMatchObject({ status: 422, body: { type: problemType('captured-not-refunded') } });
    await refund(id, 'r-1', 8999);
    expect(await cancel(id)).toMatchObject({ status: 200, body: { status: 'cancelled', owed: 0 } });
    expect(await complete(id, 'r-1')).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  });

  it('leaves nothing else to be done', async () => {
    const id = await placed(8999);
    await cancel(id);
    for (const answer of [
      await update(id, [{ sku: 'B', quantity: 1, unitPrice: 1 }]),
      await discount(id, 'SAVE10', 1),
      await capture(id, 'p-1', 1),
      await refund(id, 'r-1', 1),
      await cancel(id),
    ]) {
      expect(answer).toMatchObject({ status: 422, body: { type: problemType('order-cancelled') } });
    }
  });
});

describe('a resolution', () => {
  it('of an order that is not on hold is refused', async () => {
    const id = await placed();
    expect(await call('POST', `/orders/${id}/resolution`, { decision: 'it stands', reason: 'a test' })).toMatchObject({
      status: 422,
      body: { type: problemType('order-not-on-hold') },
    });
  });
});

describe('an order that nobody placed', () => {
  it('is 404 to every command and query', async () => {
    const id = newId();
    for (const answer of [
      await update(id, [{ sku: 'B', quantity: 1, unitPrice: 1 }]),
      await discount(id, 'SAVE10', 1),
      await capture(id, 'p-1', 1),
      await refund(id, 'r-1', 1),
      await complete(id, 'r-1'),
      await cancel(id),
      await call('POST', `/orders/${id}/resolution`, { decision: 'it stands', reason: 'a test' }),
      await read(id),
      await read(id, '?version=1'),
      await history(id),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { type: problemType('order-not-found'), status: 404 } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
  });
});

describe('a duplicate order ID without the same key', () => {
  it('is 409 with both totals, and an attempt that the audit hears of', async () => {
    const id = await placed(8999);
    expect(await place(id, 8999)).toMatchObject({ status: 409, body: { sameContent: true } });
    expect(await place(id, 7999, {}, { 'x-actor': 'agent 3', 'x-correlation-id': 'c-dup' })).toMatchObject({
      status: 409,
      body: {
        type: problemType('order-exists'),
        sameContent: false,
        existing: { total: 8999, currency: 'GBP' },
        requested: { total: 7999, currency: 'GBP' },
      },
    });
    const attempts = await rows(
      `select refusal, amount, existing_total, same_content, actor, correlation_id, order_version from orders.attempts
       where order_id = $1 order by attempted_at`,
      [id],
    );
    expect(attempts).toEqual([
      expect.objectContaining({ refusal: 'order-exists', amount: '8999', existing_total: '8999', same_content: true }),
      {
        refusal: 'order-exists',
        amount: '7999',
        existing_total: '8999',
        same_content: false,
        actor: 'agent 3',
        correlation_id: 'c-dup',
        order_version: '1',
      },
    ]);
    const messages = await rows('select aggregatetype, key, "order-id" from orders.outbox where aggregateid = $1', [
      id,
    ]);
    expect(messages.filter((row) => row['aggregatetype'] === `${service.prefix}orders.attempts.v1`)).toHaveLength(2);
  });

  it('changes nothing of the order that has it', async () => {
    const id = await placed(8999);
    await place(id, 1);
    expect(await read(id)).toMatchObject({ etag: '"1"', body: { total: 8999 } });
  });
});

describe('occurredAt', () => {
  it('is kept as it was said, to the microsecond', async () => {
    const id = await placed(8999, { occurredAt: '2024-03-01T12:00:00.123456+01:00' });
    expect((await read(id)).body).toMatchObject({ placedAt: '2024-03-01T11:00:00.123456Z' });
  });

  it('may not be before the order’s first fact', async () => {
    const id = await placed(8999, { occurredAt: '2024-03-01T12:00:00Z' });
    expect(await discount(id, 'EARLY', 1, { occurredAt: '2024-03-01T11:59:59Z' })).toMatchObject({
      status: 422,
      etag: '"1"',
      body: { type: problemType('occurred-before-order'), placedAt: '2024-03-01T12:00:00.000000Z' },
    });
    expect(await discount(id, 'LATER', 1, { occurredAt: '2024-03-01T12:00:00Z' })).toMatchObject({ status: 201 });
  });

  it.each(['2999-01-01T00:00:00Z', '2024-03-01T12:00:00', '2024-02-30T12:00:00Z', 'yesterday', ''])(
    'of %j is 400',
    async (occurredAt) => {
      expect(await place(newId(), 1, { occurredAt })).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'occurredAt', in: 'body' }] },
      });
    },
  );
});

describe('facts and messages', () => {
  it('are committed together: one message a fact, and the state after the last', async () => {
    const id = await placed(8999);
    await discount(id, 'SAVE10', 1000, {}, { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
    const messages = await rows(
      `select aggregatetype, key, type, partition, "event-type", "order-version", "event-position", traceparent
       from orders.outbox where aggregateid = $1 order by seq`,
      [id],
    );
    expect(messages).toMatchObject([
      { aggregatetype: `${service.prefix}orders.events.v1`, key: `${id}:1`, type: 'OrderPlaced', 'order-version': '1' },
      { aggregatetype: `${service.prefix}orders.state.v1`, key: id },
      {
        aggregatetype: `${service.prefix}orders.events.v1`,
        key: `${id}:2`,
        'event-type': 'DiscountApplied',
        'event-position': expect.stringMatching(/^\d+$/),
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      },
      { aggregatetype: `${service.prefix}orders.state.v1`, key: id },
    ]);
    expect(new Set(messages.map((message) => message['partition'])).size).toBe(1);
  });

  it('reach the outbox in the wire format that the registry knows', async () => {
    const id = await placed();
    const [message] = await rows('select payload from orders.outbox where aggregateid = $1 order by seq limit 1', [id]);
    const payload = message?.['payload'] as Buffer;
    expect(payload[0]).toBe(0);
    const kept = await rows('select schema_id from orders.schemas where subject like $1', ['%orders.events.v1-value']);
    expect(kept).toEqual([{ schema_id: payload.readInt32BE(1) }]);
  });

  it('carry who, why and what belongs together', async () => {
    const id = newId();
    await place(id, 1, {}, { 'x-actor': 'Zoë', 'x-correlation-id': 'c-42' });
    const [fact] = await rows('select metadata from orders.events where stream_id = $1', [id]);
    expect(fact?.['metadata']).toEqual({ actor: 'Zoë', correlationId: 'c-42', commandId: expect.any(String) });
  });
});
