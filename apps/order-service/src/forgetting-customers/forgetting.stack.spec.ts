import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import { avroType } from '@orderlog/order-contract';
import pg from 'pg';
import { filesWith } from '../test-kit/files-with.js';
import { rowsOf } from '../test-kit/rows.js';
import { runningService, type Answer, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let service: TestService;
let other: TestService;
const started: TestService[] = [];
const startAnother = async (env: Record<string, string> = {}): Promise<TestService> => {
  const next = await service.another(env);
  started.push(next);
  return next;
};
beforeAll(async () => {
  service = await runningService();
  other = await startAnother();
}, 60_000);
afterAll(async () => {
  for (const one of started) await one.stop();
  await service.stop();
}, 60_000);

const { newId, place, capture, refund, cancel, read, history, call } = telling(() => service);
const elsewhere = telling(() => other);
const rows = (text: string, values: unknown[] = []) => rowsOf(service.database.connectionString, text, values);
const ada = { name: 'Ada Lovelace', email: 'ada@example.org', address: '12 St James’s Square, London' };
const traces = /Ada|Lovelace|ada@example|James/;

const placed = async (customerId: string, more: Record<string, unknown> = {}): Promise<string> => {
  const id = newId();
  expect((await place(id, 8999, { customerId, customer: ada, ...more })).status).toBe(201);
  return id;
};
const forget = (customerId: string, headers: Record<string, string> = {}, reason = 'asked to be forgotten') =>
  call('POST', `/customers/${customerId}/erasure`, { reason }, { 'x-actor': 'privacy desk', ...headers });
const destroyedAt = (answer: Answer) => (answer.body['keys'] as { destroyedAt: string }[])[0]!.destroyedAt;
const typesOf = async (id: string) => (await history(id)).body.facts.map(({ type }) => type);

describe('a customer who is forgotten', () => {
  it('was given back before, and by no process any more; their orders say so, and when', async () => {
    const customerId = newId();
    const orders = [await placed(customerId), await placed(customerId), await placed(customerId)];
    const [id] = orders as [string];
    for (const words of [{ read }, elsewhere]) expect((await words.read(id)).body['customer']).toEqual(ada);
    const before = new Date().toISOString();

    const answer = await forget(customerId);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        customerId,
        orders: 3,
        keys: [{ by: 'privacy desk', reason: 'asked to be forgotten', wiped: true }],
      },
    });

    const forgotten = { forgotten: true, at: destroyedAt(answer) };
    for (const order of orders) {
      for (const query of ['', '?version=1', `?at=${before}`, `?asOf=${before}`]) {
        expect((await read(order, query)).body['customer']).toEqual(forgotten);
        expect((await elsewhere.read(order, query)).body['customer']).toEqual(forgotten);
      }
      expect((await read(order)).body).toMatchObject({ version: 2, status: 'placed', total: 8999, customerId });
      const [, fact] = (await history(order)).body.facts;
      expect(fact).toMatchObject({
        type: 'CustomerForgotten',
        version: 2,
        occurredAt: forgotten.at,
        actor: { name: 'privacy desk', claimed: true },
        reason: 'asked to be forgotten',
        command: { type: 'ForgetCustomer' },
        difference: [{ what: 'person', text: 'person kept, encrypted → forgotten' }],
        data: { customerId },
      });
    }
    const dossier = await call('GET', `/orders/${id}/dossier?format=json&customer=include`);
    expect(dossier.body['customer']).toEqual(forgotten);
    const page = await call('GET', `/orders/${id}/dossier?format=html&customer=include`);
    expect(page.body['text']).toMatch(/The customer was forgotten on 20\d\d-/);
    expect(page.body['text']).toMatch(/forgotten on 20\d\d-.*: the key that could open it was destroyed/);
    expect(page.body['text']).not.toMatch(traces);
  });

  it('is carried by the state’s message no more, not even sealed', async () => {
    const customerId = newId();
    const id = await placed(customerId);
    const carried = async () => {
      const messages = await rows('select type, payload from orders.outbox where aggregateid = $1 order by seq', [id]);
      const [state, event] = ['OrderState', 'OrderEvent'] as const;
      return messages.map(({ type, payload }) => {
        const body = (payload as Buffer).subarray(5);
        const read = avroType(type === 'OrderState' ? state : event).fromBuffer(body) as Record<string, unknown>;
        return type === 'OrderState' ? { customer: read['customer'] } : { forgotten: read['customerForgotten'] };
      });
    };
    expect(await carried()).toEqual([
      { forgotten: null },
      { customer: { keyId: expect.any(String), sealed: expect.any(String) } },
    ]);
    await forget(customerId);
    expect((await carried()).slice(2)).toEqual([
      { forgotten: { customerId, keyId: expect.any(String) } },
      { customer: null },
    ]);
  });

  it('may have orders in every status, and no money moves', async () => {
    const customerId = newId();
    const [captured, cancelled] = [await placed(customerId), await placed(customerId)];
    await capture(captured, 'p-1', 8999);
    await refund(captured, 'r-1', 1000);
    await cancel(cancelled);
    const before = await Promise.all([read(captured), read(cancelled)]);
    expect((await forget(customerId)).body).toMatchObject({ orders: 2 });
    const after = await Promise.all([read(captured), read(cancelled)]);
    for (const [index, { body }] of after.entries()) {
      const { version, customer: _, updatedAt: _at, recordedAt: _known, ...others } = before[index]!.body;
      expect(body).toMatchObject({ ...others, version: version + 1 });
    }
    expect((await capture(captured, 'p-2', 1)).status).toBe(422);
  });

  it('is forgotten once: told again it is the same answer, and nothing happens', async () => {
    const customerId = newId();
    const id = await placed(customerId);
    const key = { 'idempotency-key': newId() };
    const first = await forget(customerId, key);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const again = await forget(customerId, key);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const later = await forget(customerId, { 'x-actor': 'someone else' }, 'once more');
    for (const answer of [again, later]) expect([answer.status, answer.body]).toEqual([200, first.body]);
    expect(await typesOf(id)).toEqual(['OrderPlaced', 'CustomerForgotten']);
    expect(await forget(customerId, key, 'another reason')).toMatchObject({
      status: 422,
      body: { type: problemType('idempotency-key-used') },
    });
    expect(await forget(newId(), key)).toMatchObject({ status: 422 });
  });

  it('is forgotten once by several at once, in two processes', async () => {
    const customerId = newId();
    const orders = await Promise.all(Array.from({ length: 20 }, () => placed(customerId)));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        (n % 2 ? other : service).call('POST', `/customers/${customerId}/erasure`, { reason: `request ${n}` }),
      ),
    );
    for (const answer of answers) expect([answer.status, destroyedAt(answer)]).toEqual([200, destroyedAt(answers[0]!)]);
    expect(answers.at(-1)!.body).toMatchObject({ keys: [expect.anything()], orders: 20 });
    for (const id of orders) expect(await typesOf(id)).toEqual(['OrderPlaced', 'CustomerForgotten']);
  }, 60_000);

  it('may have 1,200 orders', async () => {
    const customerId = newId();
    const ids = Array.from({ length: 1_200 }, newId);
    for (let n = 0; n < ids.length; n += 100) {
      await Promise.all(ids.slice(n, n + 100).map((id) => place(id, 1, { customerId, customer: ada })));
    }
    expect((await forget(customerId)).body).toMatchObject({ keys: [expect.anything()], orders: 1_200 });
    const facts = await rows(
      `select count(*)::int as facts, count(distinct stream_id)::int as orders from orders.events
       where type = 'CustomerForgotten' and data ->> 'customerId' = $1`,
      [customerId],
    );
    expect(facts).toEqual([{ facts: 1_200, orders: 1_200 }]);
  }, 60_000);

  it('who comes back has another key; what was sealed before stays shut', async () => {
    const customerId = newId();
    const id = await placed(customerId);
    const first = await forget(customerId);
    const later = await placed(customerId, { customer: { name: 'Ada King' } });
    expect((await read(later)).body['customer']).toEqual({ name: 'Ada King' });
    expect((await read(id)).body['customer']).toEqual({ forgotten: true, at: destroyedAt(first) });
    const second = await forget(customerId);
    expect(second.body).toMatchObject({ keys: [expect.anything(), expect.anything()], orders: 2 });
    expect((await read(later)).body['customer']).toMatchObject({ forgotten: true });
  });

  it('is never sealed under a key that was destroyed before, in any process', async () => {
    const customerId = newId();
    await placed(customerId);
    const id = newId();
    await elsewhere.place(newId(), 1, { customerId, customer: ada });
    await forget(customerId);
    await elsewhere.place(id, 1, { customerId, customer: ada });
    expect((await read(id)).body['customer']).toEqual(ada);
  });

  it('whose order was sealed a moment before the key was destroyed has that order told too', async () => {
    const customerId = newId();
    await placed(customerId);
    const placing = Array.from({ length: 60 }, async (_, n) => {
      const id = newId();
      await (n % 2 ? elsewhere : { place }).place(id, 1, { customerId, customer: ada });
      return id;
    });
    const erasure = forget(customerId);
    const ids = await Promise.all(placing);
    expect((await erasure).status).toBe(200);
    // Either the order came after, under a new key; or it was before, and says that its customer was forgotten.
    await eventually({ withinMs: 40_000 }, async () => {
      for (const id of ids) {
        const forgotten = (await typesOf(id)).includes('CustomerForgotten');
        const { customer } = (await read(id)).body;
        expect(customer).toEqual(forgotten ? { forgotten: true, at: expect.any(String) } : ada);
      }
    });
  }, 60_000);
});

describe('whom there is nothing to forget of', () => {
  it('is a 404 where nobody knows them', async () => {
    expect(await forget('nobody-knows-me')).toMatchObject({
      status: 404,
      body: { type: problemType('customer-not-found') },
    });
  });

  it('is an answer without keys where only their pseudonym is known', async () => {
    const customerId = newId();
    const id = newId();
    await place(id, 8999, { customerId });
    expect(await forget(customerId)).toMatchObject({ status: 200, body: { customerId, keys: [], orders: 0 } });
    expect(await typesOf(id)).toEqual(['OrderPlaced']);
    expect((await read(id)).body['customer']).toBeUndefined();
  });

  it('needs a reason without personal data', async () => {
    expect((await call('POST', '/customers/c-1/erasure', {})).status).toBe(400);
    expect((await forget('c-1', {}, 'ada@example.org asked')).status).toBe(400);
  });
});

describe('a key that was destroyed', () => {
  const wrappedKeyOf = async (customerId: string) =>
    (await rows('select wrapped_key from orders.customer_keys where customer_id = $1', [customerId]))[0]![
      'wrapped_key'
    ] as Buffer;
  const files = (bytes: Buffer) => filesWith(service.database.connectionString, bytes);

  it('is in no file of the database any more', async () => {
    const customerId = newId();
    await placed(customerId);
    const wrapped = await wrappedKeyOf(customerId);
    expect(await files(wrapped)).toHaveLength(1);
    expect((await forget(customerId)).body).toMatchObject({ keys: [{ wiped: true }] });
    expect(await files(wrapped)).toEqual([]);
  }, 60_000);

  it('is said not to be wiped while an older transaction sees the row, and is once it has ended', async () => {
    const customerId = newId();
    await placed(customerId);
    const wrapped = await wrappedKeyOf(customerId);
    const reader = new pg.Client({ connectionString: service.database.connectionString });
    await reader.connect();
    await reader.query('begin isolation level repeatable read');
    await reader.query('select count(*) from orders.events');
    expect((await forget(customerId)).body).toMatchObject({ keys: [{ wiped: false }], orders: 1 });
    expect(await files(wrapped)).toHaveLength(1);
    await reader.end();
    expect((await forget(customerId)).body).toMatchObject({ keys: [{ wiped: true }], orders: 1 });
    expect(await files(wrapped)).toEqual([]);
  }, 60_000);

  it('stays destroyed for the service, and so does who did it and why', async () => {
    const customerId = newId();
    await placed(customerId);
    await forget(customerId);
    const asService = new pg.Client({ connectionString: service.database.as('orders') });
    await asService.connect();
    const change = (what: string) =>
      asService.query(`update orders.customer_keys set ${what} where customer_id = $1`, [customerId]);
    await expect(change(`wrapped_key = '\\x00', destroyed_at = null`)).rejects.toThrow('nothing brings it back');
    await expect(change(`destroyed_why = 'no reason'`)).rejects.toThrow('nothing brings it back');
    await expect(change(`customer_id = 'c-2'`)).rejects.toThrow('permission denied');
    await expect(asService.query('delete from orders.customer_keys')).rejects.toThrow('permission denied');
    await asService.end();
  });

  it('has its orders told by the next start, where the process died before it had told them', async () => {
    const customerId = newId();
    const orders = [await placed(customerId), await placed(customerId)];
    await rows(
      `update orders.customer_keys set wrapped_key = null, destroyed_at = now(), destroyed_by = 'privacy desk',
         destroyed_why = 'asked to be forgotten' where customer_id = $1`,
      [customerId],
    );
    expect((await read(orders[0]!)).body['customer']).toEqual({ forgotten: true, at: expect.any(String) });
    await startAnother();
    await eventually({ withinMs: 30_000 }, async () => {
      for (const id of orders) {
        expect((await history(id, '?afterVersion=1')).body.facts).toMatchObject([
          { type: 'CustomerForgotten', actor: { name: 'privacy desk' }, reason: 'asked to be forgotten' },
        ]);
      }
    });
  }, 60_000);

  it('that a restore brings back opens nothing, and is destroyed again by the next start', async () => {
    const customerId = newId();
    const id = await placed(customerId);
    const [row] = await rows('select * from orders.customer_keys where customer_id = $1', [customerId]);
    const answer = await forget(customerId);
    await rows('alter table orders.customer_keys disable trigger all');
    await rows(
      `update orders.customer_keys set wrapped_key = $2, destroyed_at = null, destroyed_by = null, destroyed_why = null,
         wiped_at = null, settled_at = null where customer_id = $1`,
      [customerId, row!['wrapped_key']],
    );
    await rows('alter table orders.customer_keys enable trigger all');
    const forgotten = { forgotten: true, at: destroyedAt(answer) };
    expect((await read(id, '?version=1')).body['customer']).toEqual(forgotten);
    expect((await read(id)).body['customer']).toEqual(forgotten);
    await startAnother();
    await eventually({ withinMs: 30_000 }, async () => {
      const [now] = await rows(
        'select wrapped_key, destroyed_by, wiped_at is not null as wiped from orders.customer_keys where customer_id = $1',
        [customerId],
      );
      expect(now).toEqual({ wrapped_key: null, destroyed_by: 'privacy desk', wiped: true });
    });
    expect((await forget(customerId)).body).toEqual(answer.body);
  }, 60_000);
});

describe('while nobody can say whether facts are missing', () => {
  it('nobody is opened: one of them may say that they were forgotten', async () => {
    const customerId = newId();
    const id = await placed(customerId);
    const unsure = await startAnother({ KAFKA_BROKERS: '127.0.0.1:1' });
    expect((await telling(() => unsure).read(id)).body).toMatchObject({ total: 8999, customer: { withheld: true } });
    const refused = await unsure.call('POST', `/customers/${customerId}/erasure`, { reason: 'asked to be forgotten' });
    expect(refused).toMatchObject({ status: 503, body: { type: problemType('erasure-unfinished'), keysDestroyed: 1 } });
    expect((await read(id)).body['customer']).toMatchObject({ forgotten: true });
    expect((await forget(customerId)).body).toMatchObject({ orders: 1 });
  }, 60_000);
});

// The last: no other process starts on such a store.
describe('an order that cannot be told', () => {
  it('keeps no other from being told: a fact of it is of a release to come', async () => {
    const customerId = newId();
    const orders = [await placed(customerId), await placed(customerId), await placed(customerId)];
    await rows(
      `insert into orders.events (position, stream_id, version, event_id, type, schema_version, data, metadata, occurred_at,
         recorded_at, previous_hash, hash)
       select position + 1, $1, 2, gen_random_uuid(), 'OrderPainted', 1, '{}', '{}', recorded_at, recorded_at, hash, hash
       from orders.events order by position desc limit 1`,
      [orders[1]],
    );
    expect(await forget(customerId)).toMatchObject({
      status: 503,
      body: { type: problemType('erasure-unfinished'), keysDestroyed: 1 },
    });
    for (const id of [orders[0]!, orders[2]!]) expect(await typesOf(id)).toEqual(['OrderPlaced', 'CustomerForgotten']);
  });
});
