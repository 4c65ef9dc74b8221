import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyFact } from './any-fact.js';
import { afterAll, fromKeptState, keptState, keptStateShape, noState, type FoldedFact } from './folded-state.js';
import { orderEventTypes, toStored } from './stored-fact.js';

const anyHistory: fc.Arbitrary<FoldedFact[]> = fc
  .array(fc.tuple(fc.oneof(...orderEventTypes.map(anyFact)), fc.integer({ min: -1_000, max: 1_000 })), {
    maxLength: 12,
  })
  .map((facts) =>
    facts.map(([fact, occurredAt], index) => ({
      ...toStored(fact),
      ...{ version: index + 1, occurredAt, recordedAt: 2_000 + index },
    })),
  );

describe('a kept state', () => {
  it('is the state that was kept, whatever has happened: nothing is null that was absent, no sum another, no 0 a -0', () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        const state = afterAll(noState, facts);
        expect(fromKeptState(keptState(state))).toStrictEqual(state);
      }),
      { numRuns: 500 },
    );
  });

  it('is folded on as if it had never been kept', () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(12), (facts, at) => {
        const kept = keptState(afterAll(noState, facts.slice(0, at)));
        const after = afterAll(fromKeptState(kept), facts.slice(at));
        expect(after).toStrictEqual(afterAll(noState, facts));
        expect(keptState(after)).toBe(keptState(afterAll(noState, facts)));
      }),
    );
  });

  it('keeps a sealed person sealed', () => {
    const placed = {
      ...{ type: 'OrderPlaced', schemaVersion: 2, version: 1, occurredAt: 1, recordedAt: 2 },
      data: { customer: { keyId: 'k-1', sealed: 'AAAA' }, channel: 'api', currency: 'GBP', lines: [], total: 0 },
    };
    const { order } = fromKeptState(keptState(afterAll(noState, [placed])));
    expect(order.customer).toEqual({ keyId: 'k-1', sealed: 'AAAA' });
  });

  it('has this form: where it must change, so must the number in keptStateShape', () => {
    const facts = [3, 1].map((occurredAt, index) => ({
      ...{ type: 'RefundCompleted', schemaVersion: 1, data: { refundId: 'r', currency: 'GBP', amount: 1 } },
      ...{ version: index + 1, occurredAt, recordedAt: 7 + index },
    }));
    const { order: _, ...times } = JSON.parse(keptState(afterAll(noState, facts))) as Record<string, unknown>;
    expect({ shape: keptStateShape.split('.')[1], times }).toEqual({
      shape: '1',
      times: { version: 2, placedAt: 3, updatedAt: 1, latestOccurredAt: 3, recordedAt: 8 },
    });
  });
});
