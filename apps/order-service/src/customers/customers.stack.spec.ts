import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readOrderServiceConfig } from '../config.js';
import { ReadPool } from '../orders/read-pool.js';
import { rowsOf } from '../test-kit/rows.js';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { telling } from '../test-kit/telling.js';
import { Customers } from './customers.js';
import { Wrapping } from './wrapping.js';

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

const { newId, place, discount, read, history, call } = telling(() => service);
const elsewhere = telling(() => other);
const rows = (text: string, values: unknown[] = []) => rowsOf(service.database.connectionString, text, values);
const ada = { name: 'Ada Lovelace', email: 'ada@example.org', address: '12 St James’s Square, London' };
const traces = /Ada|Lovelace|ada@example|James/;

describe('who a customer is', () => {
  it('is shown with the order, and nowhere else', async () => {
    const id = newId();
    const customerId = newId();
    const placedAnswer = await place(id, 8999, { customerId, customer: ada }, { 'idempotency-key': newId() });
    expect(placedAnswer.status).toBe(201);
    await discount(id, 'SAVE10', 1000);
    const shown = await read(id);
    expect(shown.body['customer']).toEqual(ada);
    expect(shown.headers.get('cache-control')).toBe('private, no-store');
    expect((await read(id, '?version=1')).body['customer']).toEqual(ada);
    expect((await elsewhere.read(id)).body['customer']).toEqual(ada);
    for (const answer of [placedAnswer, await history(id), await call('GET', `/orders?customerId=${customerId}`)]) {
      expect(JSON.stringify(answer.body)).not.toMatch(traces);
    }
  });

  it('is in no table and in no message', async () => {
    const id = newId();
    await place(id, 8999, { customerId: newId(), customer: ada });
    await place(id, 1, { customerId: newId(), customer: ada });
    for (const table of ['events', 'commands', 'attempts', 'snapshots', 'customer_keys']) {
      expect(JSON.stringify(await rows(`select t::text from orders.${table} t`))).not.toMatch(traces);
    }
    const payloads = await rows('select payload from orders.outbox where aggregateid = $1', [id]);
    for (const { payload } of payloads) expect((payload as Buffer).toString('latin1')).not.toMatch(/Ada|ada@example/);
    const [fact] = await rows('select data from orders.events where stream_id = $1', [id]);
    expect(fact?.['data']).toMatchObject({ customer: { keyId: expect.any(String), sealed: expect.any(String) } });
  });

  it('has one key a customer, also when two processes see the customer first', async () => {
    const customerId = newId();
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 ? elsewhere : { place }).place(newId(), 1, { customerId, customer: { name: `Ada ${n}` } }),
      ),
    );
    const keys = await rows(
      'select octet_length(wrapped_key) as bytes from orders.customer_keys where customer_id = $1',
      [customerId],
    );
    expect(keys).toEqual([{ bytes: 12 + 32 + 16 }]);
  });

  it('cannot be read once the key was destroyed; the order can', async () => {
    const id = newId();
    const customerId = newId();
    await place(id, 8999, { customerId, customer: ada });
    await rows('update orders.customer_keys set wrapped_key = null, destroyed_at = now() where customer_id = $1', [
      customerId,
    ]);
    const fresh = await service.another();
    expect((await telling(() => fresh).read(id)).body).toMatchObject({ total: 8999, customer: { forgotten: true } });
    await fresh.stop();
  });

  it('is withheld, and not said to be forgotten, where a restore has lost the key; brought back it opens again', async () => {
    const id = newId();
    const customerId = newId();
    await place(id, 8999, { customerId, customer: ada });
    const [kept] = await rows('delete from orders.customer_keys where customer_id = $1 returning *', [customerId]);
    expect((await read(id)).body['customer']).toEqual({ withheld: true });
    await rows('insert into orders.customer_keys (key_id, customer_id, wrapped_key) values ($1, $2, $3)', [
      ...[kept!['key_id'], customerId, kept!['wrapped_key']],
    ]);
    expect((await read(id)).body['customer']).toEqual(ada);
  });

  it('cannot be moved to another order', async () => {
    const id = newId();
    await place(id, 8999, { customerId: newId(), customer: ada });
    const [fact] = await rows('select data from orders.events where stream_id = $1', [id]);
    const pool = new ReadPool({ connectionString: service.database.as('orders'), size: 1, timeoutMs: 5_000 });
    const customers = new Customers(pool, new Wrapping(readOrderServiceConfig({}).customerKey, undefined), {
      pass: () => {},
    });
    const { customer } = fact?.['data'] as { customer: { keyId: string; sealed: string } };
    await expect(customers.open(id, customer)).resolves.toEqual(ada);
    await expect(customers.open(newId(), customer)).rejects.toThrow();
    await pool.end();
  });
});
