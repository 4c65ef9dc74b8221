import { describe, expect, it } from '@jest/globals';
import { hashOf, noHash } from './canonical-bytes.js';
import type { StoredEvent } from './store.js';
import { whatIsWrongWith } from './whole-store-check.js';

const lamps = (count: number): StoredEvent[] => {
  const events: StoredEvent[] = [];
  for (let index = 0; index < count; index++) {
    const event = {
      position: index + 1,
      stream: 'lamp',
      version: index + 1,
      eventId: `019a0000-0000-7000-8000-00000000000${index}`,
      type: 'LampLit',
      schemaVersion: 1,
      data: { watts: 40 },
      metadata: {},
      occurredAt: 0,
      recordedAt: index,
      previousHash: events.at(-1)?.hash ?? noHash,
    };
    events.push({ ...event, hash: hashOf(event) });
  }
  return events;
};

describe('the check of a whole store', () => {
  it('finds nothing wrong with what is right', () => expect(whatIsWrongWith(lamps(4))).toEqual([]));

  it.each<[string, (events: StoredEvent[]) => void, RegExp]>([
    ['a hole', (events) => events.splice(1, 1), /stands at place/],
    ['two swapped', (events) => events.splice(0, 2, events[1]!, events[0]!), /out of order/],
    ['a byte that was changed', (events) => (events[2] = { ...events[2]!, data: { watts: 41 } }), /something else/],
    ['a time that stands still', (events) => (events[2] = { ...events[2]!, recordedAt: 1 }), /recorded before/],
    ['a chain that begins anew', (events) => (events[2] = { ...events[2]!, previousHash: noHash }), /follows another/],
  ])('finds %s', (_, damage, finding) => {
    const events = lamps(4);
    damage(events);
    expect(whatIsWrongWith(events).join()).toMatch(finding);
  });
});
