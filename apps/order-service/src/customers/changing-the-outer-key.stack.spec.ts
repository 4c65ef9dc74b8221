import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import { rowsOf } from '../test-kit/rows.js';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { telling } from '../test-kit/telling.js';
import { Wrapping } from './wrapping.js';

const [older, newer] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as [Buffer, Buffer];
const env = (key: Buffer, also?: Buffer) => ({
  ORDERS_CUSTOMER_KEY: key.toString('base64'),
  ...(also && { ORDERS_CUSTOMER_KEY_ALSO: also.toString('base64') }),
});

let first: TestService;
const started: TestService[] = [];
beforeAll(async () => {
  first = await runningService(env(older, newer));
}, 60_000);
afterAll(async () => {
  for (const one of started) await one.stop();
  await first.stop();
}, 60_000);

it('wraps every key anew: what was wrapped before, in backups too, opens nothing once the older key is destroyed', async () => {
  const { newId, place } = telling(() => first);
  const ids = Array.from({ length: 30 }, newId);
  for (const id of ids) await place(id, 1, { customerId: `c-${id}`, customer: { name: `Ada ${id}` } });
  const forgotten = await first.call('POST', `/customers/c-${ids[0]}/erasure`, { reason: 'asked to be forgotten' });
  expect(forgotten.status).toBe(200);
  const keys = async () => {
    const rows = await rowsOf(
      first.database.connectionString,
      'select key_id, wrapped_key from orders.customer_keys where destroyed_at is null order by key_id',
    );
    return rows as { key_id: string; wrapped_key: Buffer }[];
  };
  const before = await keys();
  expect(before).toHaveLength(29);

  const second = await first.another(env(newer, older));
  started.push(second);
  await eventually({ withinMs: 30_000 }, async () => {
    const opened = (await keys()).filter(({ key_id, wrapped_key }) => {
      return new Wrapping(newer, undefined).anew(key_id, wrapped_key) === undefined;
    });
    expect(opened).toHaveLength(29);
  });
  for (const { key_id, wrapped_key } of before) {
    expect(new Wrapping(newer, undefined).anew(key_id, wrapped_key)).toBe('unopened');
  }

  const third = await first.another(env(newer));
  started.push(third);
  // The older processes run beside it until they are replaced.
  for (const service of [first, second, third]) {
    const { read } = telling(() => service);
    expect((await read(ids[7]!)).body['customer']).toEqual({ name: `Ada ${ids[7]}` });
    expect((await read(ids[0]!)).body['customer']).toMatchObject({ forgotten: true });
  }
}, 60_000);
