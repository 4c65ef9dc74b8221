import { describe, expect, it } from '@jest/globals';
import type { WrittenMessage } from './given-outbox.js';
import { outOfOrder } from './in-version-order.js';

const events = (...versions: number[]) =>
  versions.map((version, offset) => message(`o:${version}`, String(version), offset));
const state = (...versions: number[]) => versions.map((version, offset) => message('o', String(version), offset));
const message = (key: string, value: string, offset: number): WrittenMessage => ({
  partition: 0,
  offset,
  key,
  value,
  headers: { 'order-id': 'o' },
  timestampMs: 0,
});

describe('the checker of version order', () => {
  it('is content with each version once, and with whole tails that are sent again', () => {
    expect(outOfOrder(events(1, 2, 3), state(1, 2, 3), ['o'], 3)).toEqual([]);
    expect(outOfOrder(events(1, 2, 2, 3), state(1, 2, 2, 3), ['o'], 3)).toEqual([]);
    expect(outOfOrder(events(1, 2, 1, 2, 3), state(1, 2, 1, 2, 3), ['o'], 3)).toEqual([]);
  });

  it('sees what is missing, what came too early, and what was sent again alone', () => {
    expect(outOfOrder(events(1, 3), state(1, 2, 3), ['o'], 3)).toEqual(['o lacks a version']);
    expect(outOfOrder(events(1, 3, 2, 3), state(1, 2, 3), ['o'], 3)).toEqual(['o: first copies are out of order']);
    expect(outOfOrder(events(1, 2, 3, 2), state(1, 2, 3), ['o'], 3)).toEqual(['o: last copies are out of order']);
    expect(outOfOrder(events(1, 2, 3), state(1, 2, 3, 2), ['o'], 3)).toEqual([
      'o: the latest state is of version 2, not 3',
    ]);
  });
});
