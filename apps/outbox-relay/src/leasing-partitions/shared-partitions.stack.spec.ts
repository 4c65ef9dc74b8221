import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import type { Relay } from '../relay.js';
import { givenOutbox, type Outbox } from '../test-kit/given-outbox.js';
import { outOfOrder } from '../test-kit/in-version-order.js';

jest.setTimeout(60_000);
let outbox: Outbox;
beforeEach(async () => {
  outbox = await givenOutbox();
});
afterEach(() => outbox.remove());
const held = (relay: Relay) => relay.status().map(({ partition }) => partition);
const shares = (...relays: Relay[]) => relays.map((relay) => held(relay).length).sort();
const orders = Array.from({ length: 20 }, (_, index) => `order-${index}`);

describe('several relays', () => {
  it('share the partitions fairly, hand them over at once when one stops, and keep the order all the time', async () => {
    const first = outbox.relay();
    await eventually({ withinMs: 30_000 }, () => expect(held(first)).toEqual([0, 1, 2, 3, 4, 5]));
    let version = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        version++;
        await outbox.keeps(orders, { from: version, to: version });
        await new Promise((later) => setTimeout(later, 10));
      }
    })();
    const second = outbox.relay();
    await eventually({ withinMs: 30_000 }, () => expect(shares(first, second)).toEqual([3, 3]));
    const third = outbox.relay();
    await eventually({ withinMs: 30_000 }, () => expect(shares(first, second, third)).toEqual([2, 2, 2]));
    expect(await outbox.owners()).toContain(first.name);
    await outbox.stops(first);
    expect(await outbox.owners()).not.toContain(first.name); // no lease has to run out
    await eventually({ withinMs: 30_000 }, () => expect(shares(second, third)).toEqual([3, 3]));
    writing = false;
    await writer;
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
    const [events, state] = [await outbox.written(outbox.topics.events), await outbox.written(outbox.topics.state)];
    expect(outOfOrder(events, state, orders, version)).toEqual([]);
    expect(new Set([...held(second), ...held(third)]).size).toBe(6);
  });
});
