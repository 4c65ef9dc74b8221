import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SchemaRegistry } from '@orderlog/kafka';
import { afterAll as foldOf, avroType, avroTypeOf, noState, partitionOf, stateMessage } from '@orderlog/order-contract';
import { releasedSchemas } from '../schemas/released-schemas.js';
import type { Difference } from './known-facts.js';
import { givenToldStore, type ToldStore } from './testing/told-store.js';
import { wayOn } from './way-on.js';

let told: ToldStore;

beforeAll(async () => {
  told = await givenToldStore(20);
}, 120_000);
afterAll(() => told?.end());

const said = (found: readonly Difference[]): string[] =>
  found.map(
    ({ where, order, version, what }) => `${[where, order, version].filter((one) => one !== null).join(' ')}: ${what}`,
  );
const found = async (order?: string): Promise<string[]> => said(await told.differences(order));

/** The right state of an order at a version, as its message says it. */
const stateOf = async (order: string, version = 2) => {
  const state = foldOf(noState, (await told.factsOf(order)).slice(0, version));
  return stateMessage(state.order, { ...state, orderId: order });
};
type Message = Awaited<ReturnType<typeof stateOf>>;

const encoded = async (message: Message, type = avroType('OrderState'), schemaId?: number): Promise<Buffer> => {
  const right = foldOf(noState, await told.factsOf('v1'));
  const head = told.encoder.state(right.order, { ...right, orderId: 'v1' }).subarray(0, 5);
  if (schemaId !== undefined) head.writeInt32BE(schemaId, 1);
  return Buffer.concat([head, type.toBuffer(message)]);
};

/** Sends something under an order's key, looks, and puts the right state behind it again. */
async function sent(
  order: string,
  message: { value: Buffer | null; partition?: number; headers?: Record<string, string> },
): Promise<string[]> {
  await told.producer.send(told.topics.state, [{ key: order, partition: partitionOf(order), ...message }]);
  try {
    const all = await found();
    // With --order its own partition alone is read.
    if (message.partition === undefined) expect(await found(order)).toEqual(all);
    return all;
  } finally {
    const [partition, value] = [message.partition ?? partitionOf(order), await encoded(await stateOf(order))];
    const away = partition === partitionOf(order) ? value : null;
    await told.producer.send(told.topics.state, [{ key: order, partition, value: away }]);
  }
}

describe('the state of an order on its topic', () => {
  it('is what its facts fold to, and so it is again once the right one stands behind a wrong one', async () => {
    await sent('v1', { value: await encoded({ ...(await stateOf('v1')), owed: 1 }) });
    expect(await found()).toEqual([]);
    expect(await told.look()).toMatchObject({ states: 20 });
    expect(await told.look({ order: 'v1' })).toMatchObject({ states: 1, differences: [] });
  }, 60_000);

  it.each<[string, Partial<Message>, RegExp]>([
    ['another status', { status: 'refunded' }, /status is "refunded" there, and the facts make it "captured"/],
    ['another sum', { owed: 100 }, /owed is 100 there, and the facts make it 0/],
    ['another person', { customer: { keyId: 'k', sealed: 'x' } }, /its customer differs/],
    ['a payment left out', { payments: [], paymentCount: 0 }, /its payments differs/],
    ['another time', { placedAt: 7 }, /placedAt is 7 there/],
    ['another currency', { currency: 'JPY' }, /currency is "JPY" there, and the facts make it "GBP"/],
  ])(
    'is named where it has %s',
    async (_what, change, says) => {
      const [first, ...others] = await sent('v2', { value: await encoded({ ...(await stateOf('v2')), ...change }) });
      expect(first).toMatch(/^states v2 2: it is not what the facts fold to: .* \(partition \d offset \d+\)$/);
      expect(first).toMatch(says);
      expect(others).toEqual([]);
    },
    60_000,
  );

  it('is named where it is none, is deleted, is of another order, or of a version that is not there', async () => {
    const right = await stateOf('v3');
    const looked = async (value: Buffer | null) => (await sent('v3', { value })).join('\n').replace(/ \(part.*/, '');
    expect(await looked(Buffer.from('x'))).toBe('states v3: the message cannot be read: 1 bytes are no message');
    expect(await looked(null)).toBe('states v3: a tombstone: somebody wants the state to be deleted');
    expect(await looked(await encoded(await stateOf('v4')))).toBe('states v3: it is a state of the order v4');
    expect(await looked(await encoded({ ...right, version: 9 }))).toMatch(
      /^states v3 9: there is a state of this version/,
    );
    expect(await looked(await encoded({ ...right, version: 0 }))).toMatch(
      /^states v3 0: there is a state of this version/,
    );
  }, 60_000);

  it('is named where an older one stands last, though nothing in it is wrong', async () => {
    expect(await sent('v3', { value: await encoded(await stateOf('v3', 1)) })).toEqual([
      expect.stringMatching(
        /^states v3 2: the topic’s last state of it is of version 1 \(.*\), and none of version 2 waits in the outbox$/,
      ),
    ]);
  }, 60_000);

  it('is named on another partition, until a tombstone there takes it away', async () => {
    const partition = (partitionOf('v5') + 1) % 6;
    expect(await sent('v5', { value: await encoded(await stateOf('v5')), partition })).toEqual([
      expect.stringMatching(
        `^states v5: a message of it \\(partition ${partition} offset \\d+\\) belongs on partition ${partitionOf('v5')}, with its order$`,
      ),
    ]);
    expect(await found()).toEqual([]);
  }, 60_000);

  it('is named under a header that says another version, by which compaction’s readers would go', async () => {
    const value = await encoded(await stateOf('v6'));
    expect((await sent('v6', { value, headers: { 'order-version': '2' } })).join()).toBe('');
    expect((await sent('v6', { value, headers: { 'order-version': '7' } })).join()).toMatch(
      /^states v6: its header order-version says 7, and the state 2 /,
    );
  }, 60_000);

  it('is named of an order that nobody has placed', async () => {
    const message = { ...(await stateOf('v1')), orderId: 'nobody' };
    const [partition, value] = [partitionOf('nobody'), await encoded(message)];
    await told.producer.send(told.topics.state, [{ key: 'nobody', partition, value }]);
    const all = await told.differences();
    expect(said(all)).toEqual([
      expect.stringMatching(/^states nobody: there is a state of it \(.*\), and the store has no such order$/),
    ]);
    expect(said(await told.differences('nobody'))).toEqual(said(all));
    expect(wayOn(all)).toMatch(/republish --order ID --from-version N.*a tombstone/);
    await told.producer.send(told.topics.state, [{ key: 'nobody', partition, value: null }]);
    expect(await found()).toEqual([]);
  }, 60_000);

  it('may be one that release 0.1.0 wrote, which did not know the channel', async () => {
    const text = releasedSchemas('OrderState').find(({ release }) => release === '0.1.0')!.text;
    const registry = new SchemaRegistry({ url: told.config.SCHEMA_REGISTRY_URL });
    const schemaId = await registry.register(`${told.topics.state}-value`, text);
    const old = avroTypeOf(text);
    const right = await stateOf('v7');
    expect(right.channel).not.toBeNull();
    expect((await sent('v7', { value: await encoded(right, old, schemaId) })).join()).not.toMatch('v7');
    expect((await sent('v7', { value: await encoded({ ...right, total: 7 }, old, schemaId) }))[0]).toMatch(
      /^states v7 2: .*total is 7 there, and the facts make it 150/,
    );
  }, 60_000);
});

describe('a state that waits to be sent', () => {
  const waiting = async (value: Buffer | null, partition = partitionOf('v8')): Promise<string[]> => {
    await told.superuser.query(
      `insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, timestamp)
       values ($1, 'v8', 'OrderState', $2, 'v8', $3, now())`,
      [told.topics.state, value, partition],
    );
    const one = await found('v8');
    await told.superuser.query('delete from orders.outbox');
    return one;
  };

  it('is silent where it is right, and named where it is not', async () => {
    const right = await stateOf('v8');
    expect(await waiting(await encoded(right))).toEqual([]);
    expect(await waiting(await encoded({ ...right, refunded: 150 }))).toEqual([
      'states v8 2: it is not what the facts fold to: refunded is 150 there, and the facts make it 0 (it waits to be sent)',
    ]);
    expect(await waiting(null)).toEqual([
      'states v8: a tombstone: somebody wants the state to be deleted (it waits to be sent)',
    ]);
    expect(await waiting(await encoded(right), (partitionOf('v8') + 1) % 6)).toEqual([
      expect.stringMatching(/^states v8: what waits to be sent of it goes to partition \d, and its order is on \d$/),
    ]);
  }, 60_000);

  it('is enough where the topic has none yet, and its absence is named', async () => {
    const take = `create temp table taken as table orders.outbox; delete from orders.outbox`;
    await told.tell('fresh', {
      ...{ type: 'PlaceOrder', customerId: 'c-1', channel: 'api', currency: 'GBP' },
      lines: [{ sku: 'TEA', quantity: 1, unitPrice: 150 }],
    });
    expect((await found('fresh')).filter((one) => one.startsWith('states'))).toEqual([]);
    await told.superuser.query(take);
    expect((await found('fresh')).filter((one) => one.startsWith('states'))).toEqual([
      'states fresh 1: the topic has no state of it, and none waits in the outbox',
    ]);
    await told.superuser.query('insert into orders.outbox overriding system value table taken');
    await told.sendOutbox();
    expect((await found('fresh')).filter((one) => one.startsWith('states'))).toEqual([]);
  }, 60_000);
});

describe('facts that were changed', () => {
  it('are named by the state where their hashes were made to fit', async () => {
    const change = async () => {
      await told.superuser.query(
        `update orders.events set data = jsonb_set(data, '{total}', '151') where stream_id = 'v9' and version = 1`,
      );
      await told.chainAnew('v9');
    };
    await told.tampered(change, async () =>
      expect(await found('v9')).toContainEqual(
        expect.stringMatching(/^states v9 2: .*status is "captured" there, .* make it "partly-captured"/),
      ),
    );
  }, 60_000);
});
