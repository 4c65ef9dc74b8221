import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { dayOf } from '@orderlog/instant';
import { factsOf } from './invoice-to-facts.js';
import { type ReadFile, readOnlineRetail } from './read-file.js';

/**
 * The promise of the import, checked by another method than the importer's own: other parser, other arithmetic (whole
 * numbers of a millionth of a pound, from the digits), other calendar. Net revenue of a SKU on a day (UTC) is the sum
 * over the same lines of quantity × price, each rounded half-up to the penny, away from zero where it is negative.
 */
type Revenue = Map<string, bigint>;

const add = (revenue: Revenue, sku: string, day: string, pennies: bigint) => {
  const key = `${sku}\t${day}`;
  revenue.set(key, (revenue.get(key) ?? 0n) + pennies);
};
const withoutZeros = (revenue: Revenue) => new Map([...revenue].filter(([, pennies]) => pennies !== 0n).sort());

/** `expect` takes its time, and is asked 100,000 times for the year. */
function holds(truth: boolean, what: string): void {
  if (!truth) throw new Error(`this does not hold: ${what}`);
}

/** What a reader of the facts counts: captures and adjustments earn, returns give back. */
function revenueOf(file: ReadFile): { revenue: Revenue; lines: number[] } {
  const revenue: Revenue = new Map();
  const lines: number[] = [];
  for (const invoice of file.invoices.values()) {
    const placed: number[] = [];
    const paid: number[] = [];
    for (const { fact, occurredAt, from } of factsOf(invoice)) {
      const day = dayOf(occurredAt);
      if (fact.type === 'PaymentCaptured') {
        paid.push(...from);
        for (const part of fact.allocation) add(revenue, part.sku, day, BigInt(part.amount));
        holds(fact.amount === fact.allocation.reduce((sum, part) => sum + part.amount, 0), 'a capture is its parts');
        continue;
      }
      lines.push(...from);
      if (fact.type === 'OrderPlaced') placed.push(...from);
      if (fact.type === 'ReturnRecorded') {
        for (const line of fact.lines) add(revenue, line.sku, day, -BigInt(line.amount));
        holds(
          fact.lines.every((line) => line.quantity > 0 && line.amount >= 0),
          'a return counts upwards',
        );
      }
      if (fact.type === 'AdjustmentRecorded') {
        for (const line of fact.lines) add(revenue, line.sku, day, BigInt(line.amount));
      }
    }
    holds(String(paid.sort((a, b) => a - b)) === String(placed), 'each line that was placed was paid');
  }
  return { revenue, lines };
}

const penniesOf = (quantity: bigint, millionths: bigint): bigint => {
  const exact = quantity * millionths;
  return exact < 0n ? -((-exact + 5_000n) / 10_000n) : (exact + 5_000n) / 10_000n;
};

const folder = mkdtempSync(join(tmpdir(), 'orderlog-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string) =>
  readOnlineRetail(path, {
    now: Date.UTC(2026, 0, 1) * 1000,
    encoding: 'utf-8',
    signal: new AbortController().signal,
    mostLines: 1_000_000,
  });

describe('a file with anything in it', () => {
  const invoice = fc.constantFrom('1', '2', '3', 'C4', 'c4', 'A5', 'C6');
  const sku = fc.constantFrom('A', 'a', 'A ', ' A', 'BANK CHARGES', '85048', 'É,"x"', 'li\nne');
  const quantity = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(-9600, 12345, 1_000_000));
  /** As the file writes a price, and in millionths of a pound. */
  const price = fc.constantFrom<[string, bigint]>(
    ['0', 0n],
    ['-0.00', 0n],
    ['0.001', 1_000n],
    ['0.005', 5_000n],
    ['0.004999', 4_999n],
    ['0.015', 15_000n],
    ['1.005', 1_005_000n],
    ['6.95', 6_950_000n],
    ['2.1', 2_100_000n],
    ['1e2', 100_000_000n],
    ['-11062.06', -11_062_060_000n],
    ['-0.005', -5_000n],
    ['25111.09', 25_111_090_000n],
  );
  /** As the file writes a time in London, and the day of it in UTC. */
  const time = fc.constantFrom<[string, string]>(
    ['2009-12-01 07:45:00', '2009-12-01'],
    ['2009-12-31 23:59:59', '2009-12-31'],
    ['2010-06-01 00:59:59', '2010-05-31'],
    ['2010-06-01 01:00:00', '2010-06-01'],
    ['2010-03-28 01:30:00', '2010-03-28'],
    ['2010-10-31 00:30:00', '2010-10-30'],
    ['2010-10-31 01:30:00', '2010-10-31'],
  );
  const customer = fc.constantFrom('', '13085', '14000');
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const plainOrQuoted = (text: string, quote: boolean) => (quote || /[",\n]/.test(text) ? quoted(text) : text);

  type Row = { text: string; expected?: [sku: string, day: string, pennies: bigint] };
  const good: fc.Arbitrary<Row> = fc
    .tuple(invoice, sku, quantity, time, price, customer, fc.boolean())
    .map(([anInvoice, aSku, aQuantity, [aTime, day], [aPrice, millionths], aCustomer, quote]) => ({
      text: [
        anInvoice,
        plainOrQuoted(aSku, quote),
        plainOrQuoted('A 7" thing', quote),
        aQuantity,
        aTime,
        aPrice,
        aCustomer,
        'UK',
      ].join(','),
      expected: [aSku, day, penniesOf(BigInt(aQuantity), millionths)],
    }));
  const bad: fc.Arbitrary<Row> = fc
    .constantFrom(
      '',
      'one field',
      '1,A,,1,2010-06-01 12:00:00,1,,UK,more',
      ',A,,1,2010-06-01 12:00:00,1,,UK',
      '1/2,A,,1,2010-06-01 12:00:00,1,,UK',
      '1,,,1,2010-06-01 12:00:00,1,,UK',
      '1,A,,,2010-06-01 12:00:00,1,,UK',
      '1,A,,1.5,2010-06-01 12:00:00,1,,UK',
      '1,A,,1,01/06/2010 12:00,1,,UK',
      '1,A,,1,2010-06-31 12:00:00,1,,UK',
      '1,A,,1,2010-06-01 12:00:00,free,,UK',
      '1,A,,9e30,2010-06-01 12:00:00,9e30,,UK',
      '1,A,,99999999,2010-06-01 12:00:00,99999999999,,UK',
      '1,A,"never closed,1,2010-06-01 12:00:00,1,,UK',
      '1,"A" then,,1,2010-06-01 12:00:00,1,,UK',
    )
    .map((text) => ({ text }));

  it('comes out as facts and refused lines, each line in one of them, and the revenue is that of the lines', async () => {
    const rows = fc.array(fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: bad }), { maxLength: 40 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.boolean(),
        async (written, end, packed, bom) => {
          // Behind a quote that is never closed stands a line whose quote is told from its closing one.
          const lines = [...written, { text: '9,A,"a thing",0,2010-06-01 12:00:00,0,,UK' }];
          const header = 'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country';
          const text = (bom ? '\uFEFF' : '') + [header, ...lines.map((row) => row.text)].join(end) + end;
          const path = join(folder, `${run++}.csv`);
          writeFileSync(path, packed ? gzipSync(text) : text);

          const file = await read(path);
          const expected: Revenue = new Map();
          for (const row of written) if (row.expected) add(expected, ...row.expected);
          const { revenue, lines: kept } = revenueOf(file);
          expect(withoutZeros(revenue)).toEqual(withoutZeros(expected));
          expect(file.lines).toBe(lines.length);
          expect([...kept, ...file.refused.map((line) => line.line)].sort((a, b) => a - b)).toEqual(
            lines.map((_, index) => index + 2),
          );
          expect(file.refused.map((line) => line.line)).toEqual(
            written.flatMap((row, index) => (row.expected ? [] : [index + 2])),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

it.each<[string, (packed: Buffer) => Buffer, RegExp]>([
  ['cut off', (packed) => packed.subarray(0, packed.length - 20), /ends before it is complete/],
  ['damaged', (packed) => Buffer.concat([packed.subarray(0, 20), Buffer.alloc(40, 7), packed.subarray(60)]), /damaged/],
  ['followed by something else', (packed) => Buffer.concat([packed, Buffer.from('more')]), /something else follows/],
])('a packed file that is %s is refused in a sentence', async (_what, spoilt, says) => {
  const header = 'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country';
  const lines = Array.from({ length: 200 }, (_, n) => `${n},S${(n * 7919) % 97},x,1,2010-06-01 12:00:00,1,,UK`);
  const path = join(folder, 'spoilt.csv.gz');
  writeFileSync(path, spoilt(gzipSync([header, ...lines].join('\n'))));
  await expect(read(path)).rejects.toMatchObject({
    name: 'CommandFailed',
    message: expect.stringMatching(says),
    remedy: expect.any(String),
  });
});

const shared = process.env.ORDERLOG_SHARED_DATA ?? join(import.meta.dirname, '../../../../../shared/data');
const year = join(shared, 'online-retail-2009-2010.csv.gz');
const itOnTheYear = existsSync(year) ? it : it.skip;

describe('the retailer’s year', () => {
  beforeAll(() => {
    if (!existsSync(year)) {
      process.stderr.write(
        `\n*** NOT CHECKED: the retailer's year is not at ${year}. Set ORDERLOG_SHARED_DATA to its folder. ***\n\n`,
      );
    }
  });

  itOnTheYear(
    'is in the facts to the penny, each of its 525,461 lines once',
    async () => {
      const expected: Revenue = new Map();
      let lines = 0;
      let atNight = 0;
      const [, ...records] = parse(gunzipSync(readFileSync(year)));
      for (const [, sku, , quantity, invoiced, price] of records) {
        lines++;
        const [whole, fraction = ''] = price!.split('.');
        const millionths = BigInt(whole + fraction.padEnd(6, '0'));
        // Nothing was sold at night, so a day in London is the same day in UTC.
        const [day, time] = invoiced!.split(' ') as [string, string];
        if (time < '02:00:00' || time > '23:00:00') atNight++;
        add(expected, sku!, day, penniesOf(BigInt(quantity!), millionths));
      }

      const file = await read(year);
      const { revenue, lines: kept } = revenueOf(file);
      expect(file.lines).toBe(lines);
      expect({ lines, atNight }).toEqual({ lines: 525_461, atNight: 0 });
      expect(file.invoices.size).toBe(28_816);
      expect(file.refused).toEqual([]);
      expect(new Set(kept).size).toBe(lines);
      expect(kept).toHaveLength(lines);
      const differing = [...new Set([...revenue.keys(), ...expected.keys()])].filter(
        (key) => (revenue.get(key) ?? 0n) !== (expected.get(key) ?? 0n),
      );
      expect(differing).toEqual([]);
    },
    300_000,
  );
});
