import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '@orderlog/instant';
import { Problem } from '@orderlog/service-kit';
import { writeCursor } from './cursor.js';
import { entriesPage, entriesQuery, revenuePage, revenueQuery } from './revenue-question.js';

const now = parseInstant('2026-03-01T00:30:00Z') as number;
const revenue = (asked: Record<string, string> = {}) => revenuePage(revenueQuery.parse(asked), now);
const entries = (asked: Record<string, string> = {}) => entriesPage(entriesQuery.parse(asked), now);
const refusedFields = (ask: () => unknown): string[] => {
  try {
    ask();
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return error.errors?.map(({ field }) => field) ?? [];
    throw error;
  }
  return [];
};

describe('a question for revenue', () => {
  it('is of today and the 89 days before, by SKU, where nothing is said', () => {
    expect(revenue()).toEqual({
      question: { groupBy: ['sku', 'currency'], from: '2025-12-02', to: '2026-03-01', sku: null, currency: null },
      ...{ asked: {}, limit: 1_000, after: undefined },
    });
  });

  it('counts days with today among them', () => {
    expect(revenue({ days: '1' }).question).toMatchObject({ from: '2026-03-01', to: '2026-03-01' });
  });

  it('takes a range with both its ends, and half a range', () => {
    expect(revenue({ from: '2026-02-27', to: '2026-02-28' }).question).toMatchObject({ from: '2026-02-27' });
    expect(revenue({ from: '2026-02-27' }).question).toMatchObject({ from: '2026-02-27', to: '2026-03-01' });
    expect(revenue({ to: '2026-02-27' }).question).toMatchObject({ from: '0001-01-01', to: '2026-02-27' });
  });

  it('always groups by currency, and names its keys in one order', () => {
    expect(revenue({ groupBy: 'day' }).question.groupBy).toEqual(['day', 'currency']);
    expect(revenue({ groupBy: 'currency' }).question.groupBy).toEqual(['currency']);
    expect(revenue({ groupBy: 'day,sku' }).question.groupBy).toEqual(['sku', 'day', 'currency']);
  });

  it('names what does not go together', () => {
    expect(refusedFields(() => revenue({ days: '5', from: '2026-01-01' }))).toEqual(['days']);
    expect(refusedFields(() => revenue({ from: '2026-02-02', to: '2026-02-01' }))).toEqual(['from']);
    expect(refusedFields(() => revenue({ from: '2026-03-02' }))).toEqual(['from']);
    expect(refusedFields(() => entries({ day: '2026-03-01', days: '3' }))).toEqual(['day']);
  });

  it.each([
    { groupBy: 'colour' },
    { groupBy: '' },
    { days: '0' },
    { days: '1.5' },
    { from: '2026-02-30' },
    { from: '0000-01-01' },
    { to: 'yesterday' },
    { limit: '100001' },
    { limit: '0' },
    { currency: 'gbp' },
    { sku: '\u0000' },
    { days: '1', colour: 'red' },
  ])('is not well-formed with %j', (asked) => {
    expect(revenueQuery.safeParse(asked).success).toBe(false);
  });

  it('takes a SKU as it was written', () => {
    expect(revenue({ sku: '47503J ' }).question.sku).toBe('47503J ');
  });
});

describe('a cursor', () => {
  const first = revenue({ days: '2', groupBy: 'day' });
  const cursor = writeCursor({
    ...{ generation: 1, asked: first.asked, question: first.question, keys: ['2026-02-28', 'GBP'] },
  });

  it('carries its question, so midnight does not move it', () => {
    const later = now + 5 * 86_400_000_000;
    const page = revenuePage(revenueQuery.parse({ cursor, limit: '5' }), later);
    expect(page).toEqual({ ...first, limit: 5, after: { generation: 1, keys: ['2026-02-28', 'GBP'] } });
    const repeated = revenuePage(revenueQuery.parse({ cursor, days: '2', groupBy: 'day' }), later);
    expect(repeated.question).toEqual(first.question);
  });

  it('is of one question only', () => {
    expect(refusedFields(() => revenue({ cursor, days: '3' }))).toEqual(['days']);
    expect(refusedFields(() => revenue({ cursor, sku: 'TEA' }))).toEqual(['sku']);
    expect(refusedFields(() => entries({ cursor }))).toEqual(['cursor']);
  });

  it.each(['x', 'e30', Buffer.from('{"generation":1}').toString('base64url'), cursor.slice(0, -4), `${cursor}AAAA`])(
    'is none of ours: %.20s',
    (broken) => {
      expect(refusedFields(() => revenue({ cursor: broken }))).toEqual(['cursor']);
    },
  );

  it('cannot bring anything past the question’s own checks', () => {
    const forged = (changes: object) =>
      writeCursor({ generation: 1, asked: {}, question: first.question, keys: ['2026-02-28', 'GBP'], ...changes });
    for (const changes of [
      { keys: ['not a day', 'GBP'] },
      { keys: ['GBP'] },
      { question: { ...first.question, groupBy: ['day; drop table', 'currency'] } },
      { question: { ...first.question, from: '2026-02-31' } },
    ]) {
      expect(refusedFields(() => revenue({ cursor: forged(changes) }))).toEqual(['cursor']);
    }
  });
});
