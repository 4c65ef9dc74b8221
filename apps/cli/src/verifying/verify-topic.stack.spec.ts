import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf } from '@orderlog/order-contract';
import type { Difference } from './known-facts.js';
import { givenToldStore, type ToldStore } from './testing/told-store.js';

let told: ToldStore;

beforeAll(async () => {
  told = await givenToldStore(20);
}, 120_000);
afterAll(() => told?.end());

const said = (found: readonly Difference[]): string[] =>
  found.map(({ where, order, version, what }) => `${where} ${order} ${version}: ${what}`);

describe('a message of a fact where its order is not', () => {
  const elsewhere = (partitionOf('v11') + 1) % 6;
  const send = async (key: string, value: Buffer | null, position: number) =>
    told.producer.send(told.topics.events, [
      { key, value, partition: elsewhere, headers: { 'event-position': String(position) } },
    ]);
  const ofV11 = async () => said(await told.differences()).filter((one) => one.startsWith('topic v11'));
  const payloadOf = async (key: string) =>
    (await told.superuser.query<{ payload: Buffer }>('select payload from unsent where key = $1', [key])).rows[0]!
      .payload;

  it('is named as what it is: a tombstone there deletes nothing, a copy belongs elsewhere', async () => {
    const position = await told.positionOf('v11', 2);
    await send('v11:2', null, position);
    expect(await ofV11()).toEqual([
      expect.stringMatching(
        `^topic v11 2: a tombstone, and its order is on partition ${partitionOf('v11')}: it deletes nothing there \\(partition ${elsewhere} `,
      ),
    ]);
    await send('v11:1', await payloadOf('v11:1'), await told.positionOf('v11', 1));
    const before = (await told.look()).putRight;
    expect(await ofV11()).toEqual([
      expect.stringMatching(`^topic v11 1: it belongs on partition ${partitionOf('v11')}, with its order`),
      expect.stringMatching('^topic v11 2: a tombstone, and'),
    ]);
    await send('v11:1', null, await told.positionOf('v11', 1));
    expect(await ofV11()).toEqual([expect.stringMatching('^topic v11 2: a tombstone, and')]);
    expect((await told.look()).putRight).toBe(before + 1);
  }, 60_000);

  it('does not stand for the one that the topic has lost', async () => {
    await told.tell('untold', {
      ...{ type: 'PlaceOrder', customerId: 'c-1', currency: 'GBP' },
      lines: [{ sku: 'TEA', quantity: 1, unitPrice: 150 }],
    });
    const { rows } = await told.superuser.query<{ payload: Buffer; position: string }>(
      `select payload, position from orders.outbox where key = 'untold:1'`,
    );
    await told.superuser.query('delete from orders.outbox');
    const partition = (partitionOf('untold') + 1) % 6;
    const headers = { 'event-position': rows[0]!.position };
    for (const value of [rows[0]!.payload, null]) {
      await told.producer.send(told.topics.events, [{ key: 'untold:1', value, partition, headers }]);
    }
    expect(said(await told.differences()).filter((one) => one.startsWith('topic untold'))).toEqual([
      'topic untold 1: the topic does not have it, and no message of it waits in the outbox',
    ]);
  }, 60_000);
});
