import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf, topicNames } from '@orderlog/order-contract';
import { discounted, openShop, placed, type Shop } from '../recovering/testing/shop.js';
import { reportOf } from '../verifying/verify.command.js';
import { verify } from '../verifying/verify.js';
import { republish, type WhatToSend } from './republish.js';

const signal = new AbortController().signal;
let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
}, 60_000);
afterAll(() => shop.close(), 60_000);

const sent = (what: WhatToSend, more: { dryRun?: boolean } = {}) =>
  republish({ config: shop.config, what, ...more, signal, onProgress: () => undefined });
const look = () => verify({ config: shop.config, signal, onStep: () => undefined });
const differences = async () =>
  (await look()).differences.map(({ order, what }) => `${order}: ${what.replace(/ \(.*/, '')}`);
/** Somebody who may write to the topic. */
const write = (key: string, value: Buffer | null, headers: Record<string, string> = {}) =>
  shop.producer.send(topicNames(shop.config.TOPIC_PREFIX).events, [
    { key, value, headers, partition: partitionOf(key.split(':')[0]!) },
  ]);
const waiting = () =>
  shop.sql<{ key: string; position: number | null }>('select key, position::int from orders.outbox order by seq');
/** An order of three facts, on the topic. */
async function order(id: string): Promise<void> {
  await shop.tell(id, placed());
  for (const code of ['ONE', 'TWO']) await shop.tell(id, discounted(code));
  await shop.relay();
}

describe('an order that is sent again', () => {
  it('takes the place of a tombstone and of a message of somebody else, with all that came after them', async () => {
    await order('a');
    await write('a:2', null, { 'event-position': '2' });
    await write('a:3', Buffer.from('mine'), { 'event-position': '3' });
    expect(await differences()).toEqual([
      'a: a tombstone: somebody wants the fact to be deleted',
      expect.stringMatching(/^a: the message cannot be read/),
    ]);
    expect(await sent({ order: 'a', fromVersion: 2 }, { dryRun: true })).toEqual({ orders: 1, messages: 3 });
    expect(await waiting()).toEqual([]);
    expect(await sent({ order: 'a', fromVersion: 2 })).toEqual({ orders: 1, messages: 3 });
    expect(await waiting()).toEqual([
      { key: 'a:2', position: 2 },
      { key: 'a:3', position: 3 },
      { key: 'a', position: null },
    ]);
    await shop.tell('a', discounted('MEANWHILE')); // what comes now is behind it
    await shop.relay();
    const verified = await look();
    expect(verified).toMatchObject({ differences: [], putRight: 2 });
    expect(reportOf(verified).join('\n')).toContain(
      '2 messages on the topic that were wrong, with the fact sent again behind',
    );
    const onTopic = (await shop.onTopic('events'))
      .filter(({ key }) => key.startsWith('a:'))
      .map(({ version }) => version);
    expect(onTopic.slice(-3)).toEqual([2, 3, 4]);
    expect((await shop.onTopic('state')).findLast(({ key }) => key === 'a')).toMatchObject({ version: 4 });
  }, 60_000);

  it('is every order from a position on, each from its first fact there', async () => {
    await order('b');
    await order('c');
    const [{ position }] = (await shop.sql<{ position: number }>(
      `select position::int from orders.events where stream_id = 'b' and version = 2`,
    )) as [{ position: number }];
    expect(await sent({ fromPosition: position })).toEqual({ orders: 2, messages: 7 });
    expect((await waiting()).map(({ key }) => key)).toEqual(['b:2', 'b:3', 'b', 'c:1', 'c:2', 'c:3', 'c']);
    await shop.relay();
    expect(await differences()).toEqual([]);
  }, 60_000);

  it('cannot take away what stands under a key that is no fact’s', async () => {
    await write('ghost:1', Buffer.from('mine'), { 'event-position': '1' });
    await sent({ fromPosition: 1 });
    await shop.relay();
    expect(await differences()).toEqual([expect.stringMatching(/^ghost: the message cannot be read/)]);
  }, 60_000);

  it.each<[string, WhatToSend, RegExp]>([
    ['is not there', { order: 'nobody', fromVersion: 1 }, /there is no order nobody/],
    ['has no such version', { order: 'a', fromVersion: 9 }, /order a has no version 9: its last is/],
  ])('is refused where it %s', async (_, what, says) => {
    await expect(sent(what)).rejects.toThrow(says);
    expect(await waiting()).toEqual([]);
  });

  it('is refused where the store’s own chain does not hold: it must not take the place of what is right', async () => {
    await order('d');
    const change = async (from: string, to: string) => {
      await shop.sql('alter table orders.events disable trigger all');
      await shop.sql(
        `update orders.events set data = jsonb_set(data, '{code}', $2) where stream_id = 'd' and data ->> 'code' = $1`,
        [from, JSON.stringify(to)],
      );
      await shop.sql('alter table orders.events enable always trigger events_are_never_changed');
    };
    await change('ONE', 'EVE');
    await expect(sent({ order: 'd', fromVersion: 3 })).rejects.toThrow(
      /own chain of order d does not hold at version 2/,
    );
    expect(await waiting()).toEqual([]);
    await change('EVE', 'ONE');
  }, 60_000);

  it('is refused while the store lacks facts that the topic has', async () => {
    const restored = await shop.copy();
    await order('e');
    const refused = republish({
      ...{ config: restored.config, what: { order: 'a', fromVersion: 1 }, signal, onProgress: () => undefined },
    });
    await expect(refused).rejects.toThrow(/it was put back/);
    await expect(refused).rejects.toMatchObject({ remedy: expect.stringContaining('orderlog recover') });
  }, 60_000);
});
