import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore } from '@orderlog/event-store';
import type { Difference } from './known-facts.js';
import { givenToldStore, type ToldStore } from './testing/told-store.js';
import { reportOf } from './verify.command.js';
import { wayOn } from './way-on.js';

let told: ToldStore;
const [ada, bob] = [randomUUID(), randomUUID()];
/** The id of a command that has a key. */
const ofAKey = () => randomUUID().replace(/^(.{14})./, '$18');
const lines = [{ sku: 'TEA', quantity: 1, unitPrice: 900 }];
const record = (scope: string, key: string, status = 201) => ({ scope, key, status, requestHash: randomBytes(32) });

const makeKey = (key: string, customer: string) =>
  told.superuser.query('insert into orders.customer_keys (key_id, customer_id, wrapped_key) values ($1, $2, $3)', [
    ...[key, customer, randomBytes(60)],
  ]);
const destroyKey = (key: string) =>
  told.superuser.query(
    `update orders.customer_keys set wrapped_key = null, destroyed_at = now(), destroyed_why = 'asked' where key_id = $1`,
    [key],
  );
const place = (order: string, customerId: string, keyId: string, key: string) =>
  told.tell(
    order,
    { type: 'PlaceOrder', customerId, customer: { keyId, sealed: 'c2VhbGVk' }, currency: 'GBP', lines },
    { commandId: ofAKey(), record: record('POST /orders', key) },
  );

beforeAll(async () => {
  told = await givenToldStore(10);
  await makeKey(ada, 'c-ada');
  await makeKey(bob, 'c-bob');
  await place('of-ada', 'c-ada', ada, 'k-1');
  await place('of-bob', 'c-bob', bob, 'k-2');
  const paid = { commandId: ofAKey(), record: record('POST /orders/:orderId/payments', 'k-3') };
  await told.tell('of-ada', { type: 'CapturePayment', paymentId: 'p-1', amount: 900 }, paid);
  // Bob was forgotten: his key was destroyed, his order told, and nobody looks for others any more.
  await destroyKey(bob);
  await told.tell('of-bob', { type: 'ForgetCustomer', keyId: bob }, { commandId: ofAKey() });
  await told.superuser.query(`update orders.customer_keys set settled_at = now() where key_id = $1`, [bob]);
  const store = new EventStore({ connectionString: told.config.ORDERS_DATABASE_URL });
  const keep = async (stream: string, command: ReturnType<typeof record>) => {
    const result = await store.append({ stream, expectedVersion: 'any', events: [], command });
    expect(result.outcome).toBe('appended');
  };
  await keep('of-ada', record('POST /orders/:orderId/payments', 'told-twice', 200));
  await keep('of-ada', record('POST /orders/:orderId/payments', 'too-much', 422));
  await keep('never-placed', record('POST /orders', 'too-large', 422));
  await keep('customers/c-bob', record('POST /customers/:customerId/erasure', 'forget-bob', 200));
  await store.close();
  await told.sendOutbox();
}, 120_000);
afterAll(() => told?.end());

/** What is said of keys and answers, each without where it says it of. */
const said = (found: readonly Difference[]): string[] =>
  found
    .filter(({ where }) => where === 'commands' || where === 'customers')
    .map(({ where, order, version, what }) => `${where} ${order} ${version}: ${what}`);
const after = (change: string, order?: string): Promise<Difference[]> =>
  told.tampered(change, () => told.differences(order));

describe('answers and customers’ keys that nobody touched', () => {
  it('are compared, and nothing is said', async () => {
    const verified = await told.look();
    expect(said(verified.differences)).toEqual([]);
    expect(verified).toMatchObject({ commands: 7, unkept: { count: 0 }, keysLost: { count: 0 } });
    expect(reportOf(verified)).toContainEqual('7 answers kept under an idempotency key: the facts bear them out.');
    const one = await told.look({ order: 'of-ada' });
    expect([one.commands, said(one.differences)]).toEqual([4, []]);
  }, 60_000);
});

describe('an answer under an idempotency key', () => {
  const answered = (key: string, what: string) =>
    `of what was answered to POST /orders.* under the key ${key}, ${what}`;

  it.each<[string, string, string]>([
    [
      `version = 9 where key = 'k-3'`,
      'of-ada 9',
      answered('k-3', 'the order is said to have stood at version 9, which'),
    ],
    [`version = 1 where key = 'k-3'`, 'of-ada 1', answered('k-[13]', '2 commands are said to have made this fact')],
    [
      `stream_id = 'v1', version = 2 where key = 'k-3'`,
      'v1 2',
      answered('k-3', 'the fact is .* by a command without a key'),
    ],
    [
      `stream_id = 'nobody' where key = 'told-twice'`,
      'nobody 2',
      answered('told-twice', 'the order is said to have stood'),
    ],
    [
      `status = 200, version = 0 where key = 'too-large'`,
      'never-placed 0',
      answered('too-large', 'the order is said to'),
    ],
    [`status = 204 where key = 'told-twice'`, 'of-ada 2', answered('told-twice', 'the status is said to be 204')],
    [`request_hash = 'x' where key = 'k-3'`, 'of-ada 2', answered('k-3', 'the hash of the request has 1 bytes')],
    [
      `scope = 'POST /orders' where key = 'k-3'`,
      'of-ada 2',
      answered('k-3', 'a fact OrderPlaced is said to have been made'),
    ],
    [`key = 'told-twice' where key = 'too-much'`, 'of-ada 2', answered('told-twice', 'there are 2 rows')],
  ])(
    'is named where it cannot have been: set %s',
    async (change, order, what) => {
      const found = await after(`update orders.commands set ${change}`);
      expect(said(found)[0]).toMatch(new RegExp(`^commands ${order}: ${what}`));
      expect(wayOn(found.filter(({ where }) => where === 'commands'))).toContain('remove the wrong rows');
      expect(said(await after(`update orders.commands set ${change}`, order.split(' ')[0]))[0]).toBe(said(found)[0]);
    },
    60_000,
  );

  it('that is gone is counted, for a recover leaves it so too', async () => {
    await told.tampered(`delete from orders.commands where key in ('k-1', 'k-3')`, async () => {
      const verified = await told.look();
      expect(said(verified.differences)).toEqual([]);
      expect(verified.unkept.count).toBe(2);
      expect(reportOf(verified).join('\n')).toMatch(
        /2 commands of .* had a key that orders\.commands does not have: [^]*\n {2}OrderPlaced of order of-ada version 1\n {2}PaymentCaptured of order of-ada version 2$/m,
      );
      expect(await told.look({ order: 'of-bob' })).toMatchObject({ unkept: { count: 0 } });
    });
  }, 60_000);
});

describe('a customer’s key', () => {
  const guards = 'alter table orders.customer_keys drop constraint if exists customer_keys_are_there_or_destroyed;';
  const key = (id: string, customer: string) => `the key ${id} of the customer ${customer}`;

  it.each<[string, string, string, string]>([
    [
      'it came back',
      `update orders.customer_keys set destroyed_at = null, settled_at = null, wrapped_key = '\\x${'07'.repeat(60)}' where key_id = '${bob}'`,
      `of-bob 2: it says that ${key(bob, 'c-bob')} was destroyed, and the key is there: who they are can be read`,
      'start order-service',
    ],
    [
      'it came back under the note that it was destroyed',
      `${guards} update orders.customer_keys set wrapped_key = '\\x${'07'.repeat(60)}' where key_id = '${bob}'`,
      `of-bob 2: it says that ${key(bob, 'c-bob')} was destroyed, and the key is there: who they are can be read`,
      'start order-service',
    ],
    [
      'it was destroyed, and its orders are said to tell so',
      `update orders.customer_keys set wrapped_key = null, destroyed_at = now(), settled_at = now() where key_id = '${ada}'`,
      `of-ada 1: ${key(ada, 'c-ada')} was destroyed, all their orders are said to tell so, and this one does not`,
      'newest backup',
    ],
    [
      'it was given to another',
      `update orders.customer_keys set customer_id = 'c-eve' where key_id = '${ada}'`,
      `of-ada 1: ${key(ada, 'c-ada')}, with which it is sealed, is said to be that of c-eve`,
      'newest backup',
    ],
    [
      'it was taken without a word',
      `${guards} update orders.customer_keys set wrapped_key = null where key_id = '${ada}'`,
      `null null: ${key(ada, 'c-ada')} is gone, and nothing says when it was destroyed`,
      'newest backup',
    ],
    [
      'it was cut',
      `update orders.customer_keys set wrapped_key = 'x' where key_id = '${ada}'`,
      `null null: ${key(ada, 'c-ada')} has 1 bytes instead of 60: nobody can open it`,
      'newest backup',
    ],
    [
      'it has a second beside it',
      `drop index orders.customer_keys_one_in_use;
       insert into orders.customer_keys (key_id, customer_id, wrapped_key) values ('00000000-0000-4000-8000-000000000000', 'c-ada', '\\x${'07'.repeat(60)}')`,
      `null null: ${key('00000000-0000-4000-8000-000000000000', 'c-ada')} is one of 2 that are in use, and a customer has one`,
      'newest backup',
    ],
  ])(
    'is named where %s',
    async (_what, change, what, way) => {
      const found = await after(change);
      expect(said(found)[0]).toBe(`customers ${what}`);
      expect(wayOn(found.filter(({ where }) => where === 'customers'))).toContain(way);
    },
    60_000,
  );

  it('that is gone is counted, for a restore leaves it so too', async () => {
    await told.tampered(`delete from orders.customer_keys`, async () => {
      const verified = await told.look();
      expect(said(verified.differences)).toEqual([]);
      expect(verified.keysLost.count).toBe(1);
      expect(reportOf(verified)).toContainEqual(`  customer c-ada: the key ${ada}, of order of-ada`);
      expect(await told.look({ order: 'of-bob' })).toMatchObject({ keysLost: { count: 0 } });
    });
  }, 60_000);

  it('may be destroyed before the orders say so, and made before there is an order', async () => {
    await told.tampered(
      `update orders.customer_keys set wrapped_key = null, destroyed_at = now() where key_id = '${ada}'`,
      async () => expect(said(await told.differences())).toEqual([]),
    );
    await makeKey(randomUUID(), 'c-who-looks-around');
    expect(said(await told.differences())).toEqual([]);
    // What a restore leaves of one who was forgotten, where the key was made after the backup.
    await told.tampered(`delete from orders.customer_keys where key_id = '${bob}'`, async () =>
      expect(said(await told.differences())).toEqual([]),
    );
  }, 60_000);
});
