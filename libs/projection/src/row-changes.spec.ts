import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changesOf, keyOf, lastOfEach, type Fields, type Produced } from './row-changes.js';

const table = {
  columns: { id: 'text', version: 'integer', sku: 'text', amount: 'bigint' },
  totals: { table: 'totals', by: ['sku'], sums: ['amount'] },
} as const;
const made = (id: string, ...rows: [sku: string, amount: number][]): Produced => ({
  identity: [id, '1'],
  rows: new Map([['rows', rows.map(([sku, amount]) => [id, '1', sku, String(amount)])]]),
});
const before = (...produced: Produced[]) =>
  new Map(produced.map(({ identity, rows }) => [keyOf(identity), rows.get('rows') ?? []]));

describe('what has to change', () => {
  it('is everything, of an event that was never seen', () => {
    expect(changesOf('rows', table, [made('a', ['TEA', 5], ['TEA', 7])], new Map())).toEqual({
      remove: [],
      insert: [
        ['a', '1', 'TEA', '5'],
        ['a', '1', 'TEA', '7'],
      ],
      totals: [{ by: ['TEA'], entries: 2, sums: [12] }],
    });
  });

  it('is nothing, of an event that makes the same again, in whatever order its rows come', () => {
    const then = before(made('a', ['TEA', 7], ['TEA', 5]));
    expect(changesOf('rows', table, [made('a', ['TEA', 5], ['TEA', 7])], then)).toEqual({
      remove: [],
      insert: [],
      totals: [],
    });
  });

  it('is the difference, of an event that makes something else now, or nothing any more', () => {
    const then = before(made('a', ['TEA', 5]), made('b', ['TEA', 1]));
    expect(changesOf('rows', table, [made('a', ['MILK', 4]), made('b')], then)).toEqual({
      remove: [
        ['a', '1'],
        ['b', '1'],
      ],
      insert: [['a', '1', 'MILK', '4']],
      totals: [
        { by: ['MILK'], entries: 1, sums: [4] },
        { by: ['TEA'], entries: -2, sums: [-6] },
      ],
    });
  });

  it('takes the last copy of an event that came twice in a batch', () => {
    expect(lastOfEach([made('a', ['TEA', 1]), made('b'), made('a', ['TEA', 2])])).toEqual([
      made('a', ['TEA', 2]),
      made('b'),
    ]);
  });

  it('keeps totals equal to the sums of the rows, whatever is delivered again, in whatever batches', () => {
    const event = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      sku: fc.constantFrom('X', 'Y'),
      amount: fc.integer(),
    });
    fc.assert(
      fc.property(fc.array(fc.array(event, { maxLength: 4 }), { maxLength: 8 }), (batches) => {
        const rows = new Map<string, readonly Fields[]>();
        const totals = new Map<string, number>();
        for (const batch of batches) {
          const produced = lastOfEach(batch.map(({ id, sku, amount }) => made(id, [sku, amount])));
          const changes = changesOf('rows', table, produced, rows);
          for (const identity of changes.remove) rows.delete(keyOf(identity));
          for (const fields of changes.insert) rows.set(keyOf(fields.slice(0, 2)), [fields]);
          for (const { by, sums } of changes.totals) totals.set(by[0]!, (totals.get(by[0]!) ?? 0) + sums[0]!);
        }
        const last = new Map(batches.flat().map(({ id, sku, amount }) => [id, { sku, amount }]));
        for (const sku of ['X', 'Y']) {
          const sum = [...last.values()].filter((one) => one.sku === sku).reduce((all, one) => all + one.amount, 0);
          expect(totals.get(sku) ?? 0).toBe(sum);
        }
      }),
    );
  });
});
