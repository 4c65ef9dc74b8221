import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let service: TestService;
beforeAll(async () => {
  service = await runningService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const { newId, place, placed, discount, capture, complete, refund, cancel, history } = telling(() => service);

describe('the events of an order', () => {
  it('say who, when (both times), why, which command, and what it changed, as a person writes it', async () => {
    const id = newId();
    await place(id, 8999, { occurredAt: '2024-01-01T10:00:00Z' });
    await discount(
      id,
      'SAVE10',
      1000,
      { occurredAt: '2024-01-01T14:02:00Z', reason: 'customer called' },
      { 'x-actor': 'agent 17', 'x-correlation-id': 'c-77' },
    );
    const { body } = await history(id);
    expect(body).toMatchObject({ orderId: id, version: 2, nextAfterVersion: null });
    expect(body.facts[0]).toMatchObject({
      version: 1,
      type: 'OrderPlaced',
      actor: null,
      previousHash: '0'.repeat(64),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(body.facts[1]).toEqual({
      version: 2,
      position: expect.any(Number),
      eventId: expect.any(String),
      type: 'DiscountApplied',
      schemaVersion: 1,
      occurredAt: '2024-01-01T14:02:00.000000Z',
      recordedAt: expect.stringMatching(/^20\d\d-.*\.\d{6}Z$/),
      recordedLate: false,
      actor: { name: 'agent 17', claimed: true },
      reason: 'customer called',
      command: { type: 'ApplyDiscount', id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      correlationId: 'c-77',
      causationId: null,
      origin: null,
      difference: expect.any(Array),
      data: { currency: 'GBP', code: 'SAVE10', amount: 1000, total: 7999 },
      previousHash: (body.facts[0] as unknown as { hash: string }).hash,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(body.facts[1]?.difference.map((change) => change.text)).toEqual([
      'discount SAVE10: 10.00 GBP',
      'total 89.99 → 79.99 GBP',
      'owed 89.99 → 79.99 GBP',
    ]);
  });

  it('name the command of every fact', async () => {
    const id = await placed(100);
    await capture(id, 'p-1', 100);
    await refund(id, 'r-1', 100);
    await complete(id, 'r-1');
    await cancel(id);
    const { body } = await history(id);
    expect(body.facts.map((fact) => (fact as unknown as { command: { type: string } }).command.type)).toEqual([
      'PlaceOrder',
      'CapturePayment',
      'InitiateRefund',
      'CompleteRefund',
      'CancelOrder',
    ]);
  });

  it('say which was recorded late', async () => {
    const id = await placed(8999, { occurredAt: '2024-01-01T00:00:00Z' });
    await discount(id, 'MARCH', 1, { occurredAt: '2024-03-01T00:00:00Z' });
    await discount(id, 'FEBRUARY', 1, { occurredAt: '2024-02-01T00:00:00Z' });
    const { body } = await history(id);
    expect(body.facts.map((fact) => (fact as unknown as { recordedLate: boolean }).recordedLate)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('come in pages, each with the differences that the whole has', async () => {
    const id = await placed(100);
    for (let n = 1; n <= 4; n += 1) await capture(id, `p-${n}`, 10);
    const whole = (await history(id)).body;
    const paged = [];
    let after: number | null = 0;
    for (let pages = 0; after !== null && pages < 5; pages += 1) {
      const { body } = await history(id, `?afterVersion=${after}&limit=2`);
      expect(body.version).toBe(5);
      paged.push(...body.facts);
      after = body['nextAfterVersion'] as number | null;
    }
    expect(paged).toEqual(whole.facts);
  });

  it('after a version that is not there are 404; after the last one, none', async () => {
    const id = await placed(100);
    expect(await history(id, '?afterVersion=2')).toMatchObject({
      status: 404,
      body: { type: problemType('not-yet-there'), currentVersion: 1 },
    });
    expect(await history(id, '?afterVersion=1')).toMatchObject({
      status: 200,
      body: { facts: [], nextAfterVersion: null },
    });
  });
});
