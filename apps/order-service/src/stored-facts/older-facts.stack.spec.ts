import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore, hashOf } from '@orderlog/event-store';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let service: TestService;
let store: EventStore;
beforeAll(async () => {
  service = await runningService();
  store = new EventStore({ connectionString: service.database.as('orders') });
}, 60_000);
afterAll(async () => {
  await store.close();
  await service.stop();
}, 60_000);

const { call, newId, place, discount, read, history } = telling(() => service);

/** An order as release 0.1.0 kept it. */
async function placedThen(): Promise<string> {
  const id = newId();
  const lines = [{ line: 1, sku: '85048', quantity: 1, unitPrice: 8999, amount: 8999 }];
  await store.append({
    stream: id,
    expectedVersion: 'none',
    events: [
      {
        ...{
          type: 'OrderPlaced',
          schemaVersion: 1,
          metadata: { actor: 'web shop' },
          occurredAt: 1_700_000_000_000_000,
        },
        data: { customerId: 'c-1', currency: 'GBP', lines, total: 8999 },
      },
    ],
  });
  return id;
}

describe('an order that was placed before there were channels', () => {
  it('is read with an unknown one, and goes on like any other', async () => {
    const id = await placedThen();
    expect(await read(id)).toMatchObject({ status: 200, body: { channel: 'unknown', total: 8999, version: 1 } });
    expect(await discount(id, 'SAVE10', 1000)).toMatchObject({
      status: 201,
      body: { channel: 'unknown', total: 7999, version: 2 },
    });
  });

  it('has the history that it had: nothing of its fact is another, nor its hash', async () => {
    const id = await placedThen();
    const [kept] = await store.read(id);
    const { body } = await history(id);
    expect(body.facts[0]).toMatchObject({
      schemaVersion: 1,
      data: { customerId: 'c-1', currency: 'GBP', total: 8999 },
      hash: kept!.hash.toString('hex'),
    });
    expect(body.facts[0]).not.toHaveProperty('data.channel');
    expect(body.facts[0]!.difference.map(({ text }) => text)).toEqual([
      'status: placed',
      'customer: c-1',
      'line 1: 1 × 85048 at 89.99 = 89.99 GBP',
      'total: 89.99 GBP',
      'owed: 89.99 GBP',
    ]);
    expect(hashOf(kept!).equals(kept!.hash)).toBe(true);
  });

  it('has a dossier that says so', async () => {
    const id = await placedThen();
    const { body } = await call('GET', `/orders/${id}/dossier`);
    expect(body['dossier']).toMatchObject({
      order: { channel: 'unknown', money: { total: 8999 } },
      facts: [{ schemaVersion: 1, says: 'Order placed at 89.99 GBP: 1 × 85048' }],
    });
    const page = await call('GET', `/orders/${id}/dossier?format=html`);
    expect(page.body['text']).toContain('not known');
  });

  it('is taken by no other content: placed again it is the same order', async () => {
    const id = await placedThen();
    const again = await place(id, 8999, { channel: 'shop' });
    expect(again).toMatchObject({ status: 409, body: { type: problemType('order-exists'), sameContent: true } });
  });
});

describe('an order that is placed now', () => {
  it('says where it came from: the state, the fact, the difference and the dossier', async () => {
    const id = newId();
    expect(await place(id, 100, { channel: 'web-shop-2' })).toMatchObject({
      status: 201,
      body: { channel: 'web-shop-2' },
    });
    const { body } = await history(id);
    expect(body.facts[0]).toMatchObject({ schemaVersion: 2, data: { channel: 'web-shop-2' } });
    expect(body.facts[0]!.difference.map(({ text }) => text)).toContain('channel: web-shop-2');
    const dossier = await call('GET', `/orders/${id}/dossier`);
    expect(dossier.body['dossier']).toMatchObject({ order: { channel: 'web-shop-2' } });
  });

  it('came by the API where nobody says', async () => {
    const id = newId();
    expect((await place(id)).body['channel']).toBe('api');
    expect((await read(id)).body['channel']).toBe('api');
  });

  it.each(['', 'The Shop', 'a'.repeat(33), 7, null])('is refused with a channel that is none: %j', async (channel) => {
    const answer = await place(newId(), 100, { channel });
    expect(answer).toMatchObject({ status: 400, body: { type: problemType('invalid-request') } });
    expect(answer.body.errors[0]).toMatchObject({ field: 'channel' });
  });
});
