import { describe, expect, it } from '@jest/globals';
import { whatWasDone } from './what-was-done.js';

const key = {
  keyId: 'k-1',
  destroyedAt: '2026-11-25T09:00:00.000412Z',
  by: 'privacy desk',
  reason: 'asked to be forgotten',
  wiped: true,
};
const said = (...args: Parameters<typeof whatWasDone>) => whatWasDone(...args).join('\n');

describe('what is said of an erasure', () => {
  it('is which keys are gone, how many orders say so, and what is beyond it', () => {
    const text = said({ customerId: 'c-1042', keys: [key], orders: 3 });
    expect(text).toMatch(
      /^customer c-1042 is forgotten\.\n {2}key k-1 destroyed 2026-11-25T09:00:00\.000412Z by privacy/,
    );
    expect(text).toContain('3 orders say so');
    expect(text).toContain('rid of the keys');
    expect(text).toMatch(/Backups and write-ahead log/);
  });

  it('names nobody where nobody was named, and one order is one', () => {
    const text = said({ customerId: 'c-1042', keys: [{ ...key, by: null }], orders: 1 });
    expect(text).toContain('by somebody who was not named');
    expect(text).toContain('1 order says so');
  });

  it('says where a dead row still has the key', () => {
    const text = said({ customerId: 'c-1042', keys: [key, { ...key, wiped: false }], orders: 3 });
    expect(text).toContain('still has a key as a dead row');
    expect(text).not.toContain('rid of the keys');
  });

  it('says that there was nothing to forget', () => {
    expect(said({ customerId: 'c-1042', keys: [], orders: 0 })).toMatch(/there is nothing to forget/);
  });
});
