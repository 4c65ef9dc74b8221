import { describe, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import { Batch } from './batch.js';

describe('a batch', () => {
  it('records no fact before the time that it says, though the clock is set back while it is made', () => {
    const times = [now(), now() - 60_000_000];
    const standing = { head: { position: 0, recordedAt: null }, streams: new Map(), commands: new Map() };
    const batch = new Batch(standing, () => times.shift()!);
    const lit = { type: 'LampLit', schemaVersion: 1, data: {}, metadata: {}, occurredAt: now() };
    batch.add({ appends: [{ stream: 'lamp', expectedVersion: 'none', events: [lit] }] });
    expect(batch.firstEvent!.recordedAt).toBeGreaterThanOrEqual(batch.recordedFrom);
  });
});
