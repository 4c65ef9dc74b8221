import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { evidenceOf, holesIn } from './evidence-of.js';
import { FieldNames, type LogEntry, readLogEntry } from './read-log-entry.js';
import { type ClaimedRow, readRow, type Reading } from './read-row.js';
import type { TableField } from './table-columns.js';

const reading: Reading = { currency: 'GBP', minorUnits: false, zone: IANAZone.create('UTC'), paidStatuses: new Set() };
const names = new FieldNames(
  new Map<string, TableField>([
    ['id', 'orderId'],
    ['total', 'total'],
    ['status', 'status'],
  ]),
);
type State = Record<string, unknown>;
const state = (total: number | string, more: State = {}): State => ({ id: 8471, total, status: 'open', ...more });
/** Entries as a trigger writes them: what was there before, what is there after. */
const log = (...changes: [before: State | null, after: State | null][]): LogEntry[] =>
  changes.map(([before, after], index) => {
    const fields = {
      before: before && JSON.stringify(before),
      after: after && JSON.stringify(after),
      id: String(index + 1),
    };
    return readLogEntry({ fields, number: index + 2 }, 'log.csv', names, reading) as LogEntry;
  });
const row = (total: string, status = 'open', number = 2): ClaimedRow =>
  readRow({ orderId: '8471', total, status }, number, `orders.csv:${number}`, reading) as ClaimedRow;
const evidence = (entries: LogEntry[], rows: ClaimedRow[], beginsAt?: number) =>
  evidenceOf(entries, rows, { names, reading, beginsAt, unread: new Map(), renamed: new Map(), wholeTable: true });
const gapsOf = (entries: LogEntry[], rows: ClaimedRow[]) => evidence(entries, rows).past.gaps;
const saysOf = (...changes: Parameters<typeof log>) =>
  evidence(log(...changes), []).past.evidence.map(({ what }) => what);

describe('what an entry of the log says', () => {
  it('is money as a person writes it, and of other columns that they changed, never their values', () => {
    expect(
      saysOf(
        [null, state(89.99, { email: 'ada@example.org' })],
        [state(89.99, { email: 'ada@example.org' }), state(79.99, { email: 'lovelace@example.org', notes: 'call' })],
        [state(79.99), state(79.99)],
        [state(79.99), null],
      ),
    ).toEqual([
      'row made: total 89.99 GBP, status open',
      'total 89.99 → 79.99 GBP; also changed: email, notes',
      'written without a change',
      'row deleted: total 79.99 GBP, status open',
    ]);
  });

  it('is the same whether the log has the whole row or only what changed', () => {
    expect(
      saysOf([
        { id: 8471, total: 5 },
        { id: 8471, total: 4.5 },
      ]),
    ).toEqual(['total 5.00 → 4.50 GBP']);
    expect(saysOf([state(5, { status: null }), state(5)])).toEqual(['status none → open']);
  });
});

describe('the gaps of a log', () => {
  it('are none where each entry goes on from the one before, and the last leaves what the table has', () => {
    expect(gapsOf(log([null, state(89.99)], [state('89.990'), state(79.99)]), [row('79.99')])).toEqual([]);
    expect(
      gapsOf(
        log(
          [null, state(1)],
          [
            { id: 8471, status: 'open' },
            { id: 8471, status: 'paid' },
          ],
        ),
        [row('1', 'paid')],
      ),
    ).toEqual([]);
  });

  it('are where an entry begins with another value than the one before left', () => {
    expect(gapsOf(log([null, state(89.99)], [state(84.99, { email: 'x' }), state(79.99)]), [row('79.99')])).toEqual([
      {
        ...{ kind: 'value-jumped', after: 'log.csv:2', before: 'log.csv:3' },
        what: 'total 89.99 → 84.99 GBP: changed without an entry',
      },
    ]);
  });

  it('are where a column that is none of ours jumps, without its values', () => {
    const gaps = gapsOf(
      log([null, state(1, { email: 'a@b' })], [state(1, { email: 'c@d' }), state(1, { email: 'e@f' })]),
      [row('1')],
    );
    expect(gaps).toMatchObject([{ kind: 'value-jumped', what: 'email: changed without an entry' }]);
  });

  it('are where the table says something else than the last entry', () => {
    expect(gapsOf(log([null, state(89.99)]), [row('79.99', 'paid')])).toEqual([
      {
        ...{ kind: 'last-differs', after: 'log.csv:2' },
        what: 'total 89.99 in the log, 79.99 GBP in the table; status open in the log, paid in the table: changed after the last entry',
      },
    ]);
  });

  it('are where it does not say how the row was made, or how it came back', () => {
    expect(gapsOf(log([state(2), state(1)]), [row('1')])).toMatchObject([
      { kind: 'no-beginning', before: 'log.csv:2' },
    ]);
    expect(gapsOf(log([null, state(1)], [state(1), null], [state(1), state(2)]), [row('2')])).toMatchObject([
      { kind: 'row-came-back', after: 'log.csv:3', before: 'log.csv:4' },
    ]);
  });

  it('are where the row is gone, with or without an entry on it', () => {
    expect(gapsOf(log([null, state(1)]), [])).toMatchObject([
      { kind: 'row-gone', what: expect.stringContaining('no entry says') },
    ]);
    expect(gapsOf(log([null, state(1)], [state(1), null]), [])).toMatchObject([
      { kind: 'row-gone', what: expect.stringContaining('it was deleted') },
    ]);
  });

  it('are where the log has nothing on an order that is not older than it', () => {
    const made = { ...row('1'), claim: { ...row('1').claim, createdAt: 10 } };
    expect(evidence([], [made], 10).past.gaps).toMatchObject([{ kind: 'nothing-logged' }]);
    expect(evidence([], [made], 11).past.gaps).toEqual([]);
  });

  it('follow two rows with one ID, each from its own beginning', () => {
    const two = log([null, state(89.99)], [null, state(79.99)], [state(89.99), state(89.99, { status: 'paid' })]);
    expect(gapsOf(two, [row('89.99', 'paid'), row('79.99')])).toEqual([]);
    expect(gapsOf(two, [row('89.99', 'paid')])).toMatchObject([{ kind: 'row-gone', after: 'log.csv:3' }]);
    expect(gapsOf(two, [row('89.99', 'paid'), row('79.99'), row('5', 'open', 4)])).toMatchObject([
      { kind: 'nothing-logged', what: expect.stringContaining('orders.csv:4') },
    ]);
  });

  it('are where the time of an entry is long before that of the one before it', () => {
    const at = (time: number, entry: LogEntry): LogEntry => ({ ...entry, at: time });
    const hour = 3_600_000_000;
    const [made, changed, changedAgain] = log([null, state(1)], [state(1), state(2)], [state(2), state(3)]);
    const gaps = (second: number, third: number) =>
      gapsOf([at(10 * hour, made!), at(second, changed!), at(third, changedAgain!)], [row('3')]);
    expect(gaps(9 * hour, 8 * hour)).toEqual([]); // a transaction's time, or a clock that was put back in autumn
    expect(gaps(5 * hour, 11 * hour)).toEqual([
      {
        ...{ kind: 'time-went-back', after: 'log.csv:2', before: 'log.csv:3' },
        what: 'its time is 1970-01-01T05:00:00.000000Z, and an entry before it has 1970-01-01T10:00:00.000000Z: a clock was wrong, or somebody wrote it',
      },
    ]);
  });

  it('are no rows that a query has not selected: they may be in the table', () => {
    const two = log([null, state(89.99)], [null, state(79.99)]);
    const about = { names, reading, beginsAt: undefined, unread: new Map(), renamed: new Map(), wholeTable: false };
    expect(evidenceOf(two, [row('89.99')], about).past.gaps).toEqual([]);
  });

  const history = fc.array(
    fc.record({
      total: fc.nat(9_999).map((pennies) => (pennies / 100).toFixed(2)),
      status: fc.constantFrom('open', 'paid'),
    }),
    { minLength: 2, maxLength: 20 },
  );
  const logOf = (states: State[]) =>
    states.map((after, index): [State | null, State] => [
      index === 0 ? null : { id: 8471, ...states[index - 1] },
      { id: 8471, ...after },
    ]);

  it('are none, whatever a trigger saw that was never off', () =>
    fc.assert(
      fc.property(history, (states) => {
        const last = states.at(-1)!;
        expect(gapsOf(log(...logOf(states)), [row(last.total, last.status)])).toEqual([]);
      }),
    ));

  it('are one wherever a change was not seen', () =>
    fc.assert(
      fc.property(history, fc.nat(), (states, at) => {
        const unseen = at % states.length;
        const told = logOf(states).filter((_, index) => index !== unseen);
        const [before, after] = [states[unseen - 1], states[unseen]];
        const last = states.at(-1)!;
        const changed = JSON.stringify(before) !== JSON.stringify(after);
        expect(gapsOf(log(...told), [row(last.total, last.status)]).length).toBe(changed ? 1 : 0);
      }),
    ));

  it('and evidence are listed up to a limit, and the rest is counted', () => {
    const totals = Array.from({ length: 501 }, (_, index) => state(index * 2));
    const jumping = log(
      [null, totals[0]!],
      ...totals.slice(1).map((to, index): [State, State] => [state(index * 2 + 1), to]),
    );
    const { past } = evidence(jumping, [row('1000')]);
    expect([past.evidence.length, past.evidenceLeftOut, past.gaps.length, past.gapsLeftOut]).toEqual([
      200, 301, 50, 450,
    ]);
    expect(past.evidence.at(-1)!.origin).toBe('log.csv:502');
    expect(JSON.stringify(past).length).toBeLessThan(100_000);
  });
});

describe('an entry of the log', () => {
  const entry = (fields: Parameters<typeof readLogEntry>[0]['fields']) =>
    readLogEntry({ fields, number: 7 }, 'log.csv', names, reading);

  it.each([
    ['I', 'insert'],
    ['INSERT', 'insert'],
    ['created', 'insert'],
    ['u', 'update'],
    ['Delete', 'delete'],
  ])('that says %s is an %s', (action, read) => {
    expect(entry({ action, orderId: '8471', after: '{}' })).toMatchObject({ action: read, orderId: '8471' });
  });

  it('keeps the digits of its numbers', () => {
    const read = entry({ after: '{"id": 8471, "total": 89.90, "big": 12345678901234567890.12}' }) as LogEntry;
    expect(Object.fromEntries(read.after!)).toEqual({ id: '8471', total: '89.90', big: '12345678901234567890.12' });
  });

  it.each([
    [{ orderId: '1', after: '"name"=>"Ada"' }, 'log-values-not-json'],
    [{ orderId: '1', after: '[1]' }, 'log-values-not-json'],
    [{ orderId: '1', action: 'TRUNCATE' }, 'log-action-unknown'],
    [{ orderId: '1' }, 'log-action-unknown'],
    [{ after: '{"total": 1}' }, 'no-order-id'],
    [{ orderId: '1', after: '{}', at: 'then' }, 'time-not-readable'],
  ])('%j is refused: %s', (fields, reason) => {
    const refused = entry(fields);
    expect(refused).toMatchObject({ reason, origin: 'log.csv:7' });
    expect(JSON.stringify(refused)).not.toContain('Ada');
  });

  it('says which order it is of, also where it is refused, and though a char(n) is filled up with blanks', () => {
    expect(entry({ after: '{"id": "8471  ", "total": 1}' })).toMatchObject({ orderId: '8471' });
    expect(entry({ after: '{"id": "8471  "}', at: 'infinity' })).toMatchObject({
      orderId: '8471',
      reason: 'time-not-readable',
    });
  });
});

it('holes in the log’s own numbers are found', () => {
  expect(holesIn([5, 1, 2, 9, 2])).toEqual({
    first: 1,
    count: 5,
    ranges: [
      { from: 3, to: 4 },
      { from: 6, to: 8 },
    ],
  });
  expect(holesIn([7, 8])).toEqual({ first: 7, count: 0, ranges: [] });
  expect(holesIn([])).toEqual({ first: undefined, count: 0, ranges: [] });
});
