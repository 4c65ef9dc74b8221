import { describe, expect, it } from '@jest/globals';
import type { Attempt, AuditedOrder } from '../findings/shapes.js';
import type { Answer } from '../services/service.js';
import type { Fact } from '../services/shapes.js';
import { interwoven, witnessOf } from './witness.js';

const audited = (facts: AuditedOrder['facts']): Answer<AuditedOrder> => ({
  ok: true,
  value: { facts, attempts: [], findings: [], nextCursor: null },
});

describe('the audit, beside a fact', () => {
  const fact = { version: 2, hash: 'abc' };

  it('has seen the same', () => {
    expect(witnessOf(fact, audited([{ version: 2, hash: 'abc', hashHolds: true }]))).toBe('same');
    // A type that this audit does not know yet cannot be computed again, but it stands in the chain.
    expect(witnessOf(fact, audited([{ version: 2, hash: 'abc', hashHolds: null }]))).toBe('same');
  });

  it('has seen something else, or the same beside something else', () => {
    expect(witnessOf(fact, audited([{ version: 2, hash: 'abd', hashHolds: true }]))).toBe('differs');
    expect(witnessOf(fact, audited([{ version: 2, hash: 'abc', hashHolds: false }]))).toBe('differs');
    const both = [
      { version: 2, hash: 'abc', hashHolds: true },
      { version: 2, hash: 'abd', hashHolds: true },
    ];
    expect(witnessOf(fact, audited(both))).toBe('differs');
  });

  it('has not seen it yet, or cannot be asked', () => {
    expect(witnessOf(fact, audited([{ version: 1, hash: 'abc', hashHolds: true }]))).toBe('unseen');
    const unanswered = { ok: false as const, service: 'audit-projection' as const, reason: '' };
    expect(witnessOf(fact, { ...unanswered, status: 404 })).toBe('unseen');
    expect(witnessOf(fact, { ...unanswered, status: null })).toBe('unknown');
  });
});

describe('the story', () => {
  it('has refused attempts after the fact that the order had come to', () => {
    const facts = [1, 2, 3].map((version) => ({ version })) as Fact[];
    const attempts = [
      { commandId: 'late', orderVersion: 3, attemptedAt: '2026-11-24T15:00:00.000000Z' },
      { commandId: 'b', orderVersion: 1, attemptedAt: '2026-11-24T14:01:30.000000Z' },
      { commandId: 'a', orderVersion: 1, attemptedAt: '2026-11-24T14:01:20.000000Z' },
    ] as Attempt[];
    const told = interwoven(facts, attempts).map((entry) =>
      'fact' in entry ? entry.fact.version : entry.attempt.commandId,
    );
    expect(told).toEqual([1, 'a', 'b', 2, 3, 'late']);
  });

  it('has an attempt on the page of its fact, and on no page before it', () => {
    const facts = [1, 2, 3].map((version) => ({ version }) as Fact);
    const attempts = [1, 2, 3].map((orderVersion) => ({ orderVersion, attemptedAt: `${orderVersion}` }) as Attempt);
    const versions = (entries: ReturnType<typeof interwoven>) =>
      entries.map((entry) => ('fact' in entry ? entry.fact.version : `refused at ${entry.attempt.orderVersion}`));
    expect(versions(interwoven(facts.slice(0, 2), attempts, 'more follow'))).toEqual([
      1,
      'refused at 1',
      2,
      'refused at 2',
    ]);
    expect(versions(interwoven(facts.slice(2), attempts))).toEqual([3, 'refused at 3']);
  });
});
