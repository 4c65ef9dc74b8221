import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '@orderlog/event-store';
import { log } from '../signals.js';
import { StoreBehindTopic } from './store-behind-topic.js';

log.setLevel('silent');
/** A store of one order whose versions are its positions, or those that `has` names. */
const storeAt = (position: () => number, has = (version: number) => version <= position()) => ({
  head: async () => ({ position: position(), recordedAt: null, hash: null }),
  read: async (_stream: string, { fromVersion = 0 }: { fromVersion?: number } = {}) =>
    has(fromVersion) ? [{} as StoredEvent] : [],
});
const topicAt = (position: number) => async () => [
  {
    headers: {
      'event-position': Buffer.from(`${position}`),
      'order-id': Buffer.from('o'),
      'order-version': Buffer.from(`${position}`),
    },
  },
];
const options = { takeUnchecked: false, askEveryMs: 5 };

describe('the store beside its topic', () => {
  it.each([
    [0, 0],
    [7, 7],
    [8, 7],
  ])('at %i with the topic at %i takes orders', async (position, topicPosition) => {
    const gate = new StoreBehindTopic(
      storeAt(() => position),
      topicAt(topicPosition),
      options,
    );
    expect(() => gate.pass()).toThrow(expect.objectContaining({ code: 'store-unchecked', status: 503 }));
    await gate.start();
    gate.pass();
    expect(gate.check()).toEqual({ standing: 'checked', position, topicPosition });
  });

  it('takes none while it is behind, says the remedy, and goes on once it is no longer', async () => {
    let position = 6;
    const gate = new StoreBehindTopic(
      storeAt(() => position),
      topicAt(7),
      options,
    );
    await gate.start();
    expect(() => gate.pass()).toThrow(
      expect.objectContaining({ code: 'store-behind', status: 503, members: { position: 6, topicPosition: 7 } }),
    );
    expect(() => gate.check()).toThrow('orderlog recover');
    const checked = log.heard('store.checked', { withinMs: 30_000 });
    position = 7;
    await checked;
    gate.pass();
  });

  it('takes orders where what the topic has behind its end is in the store, at a position further up', async () => {
    const gate = new StoreBehindTopic(
      storeAt(
        () => 6,
        (version) => version === 7,
      ),
      topicAt(7),
      options,
    );
    await gate.start();
    gate.pass();
  });

  it('takes none where the topic has a fact behind its end that does not say which it is', async () => {
    const nameless = async () => [{ headers: { 'event-position': Buffer.from('7') } }];
    const gate = new StoreBehindTopic(
      storeAt(() => 6),
      nameless,
      options,
    );
    await gate.start();
    expect(() => gate.pass()).toThrow(expect.objectContaining({ code: 'store-behind' }));
    gate.stop();
  });

  it('takes none as long as the topic cannot be asked, unless it is told to', async () => {
    const away = () => Promise.reject(new Error('connect ECONNREFUSED'));
    const gate = new StoreBehindTopic(
      storeAt(() => 1),
      away,
      options,
    );
    await gate.start();
    expect(() => gate.pass()).toThrow(expect.objectContaining({ code: 'store-unchecked' }));
    expect(() => gate.check()).toThrow('ECONNREFUSED');
    gate.stop();
    const told = new StoreBehindTopic(
      storeAt(() => 1),
      away,
      { ...options, takeUnchecked: true },
    );
    await told.start();
    told.pass();
    expect(told.check()).toMatchObject({ standing: 'unchecked' });
    told.stop();
  });
});
