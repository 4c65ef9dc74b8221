import { describe, expect, it } from '@jest/globals';
import { log } from '../signals.js';
import { StoreBehindTopic } from './store-behind-topic.js';

log.setLevel('silent');
const storeAt = (position: () => number) => ({
  head: async () => ({ position: position(), recordedAt: null, hash: null }),
});
const options = { takeUnchecked: false, askEveryMs: 5 };

describe('the store beside its topic', () => {
  it.each([
    [0, 0],
    [7, 7],
    [8, 7],
  ])('at %i with the topic at %i takes orders', async (position, topicPosition) => {
    const gate = new StoreBehindTopic(
      storeAt(() => position),
      async () => topicPosition,
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
      async () => 7,
      options,
    );
    await gate.start();
    expect(() => gate.pass()).toThrow(
      expect.objectContaining({ code: 'store-behind', status: 503, members: { position: 6, topicPosition: 7 } }),
    );
    expect(() => gate.check()).toThrow('orderlog recover');
    const checked = log.heard('store.checked', { withinMs: 2_000 });
    position = 7;
    await checked;
    gate.pass();
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
