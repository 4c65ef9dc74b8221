import { describe, expect, it } from '@jest/globals';
import { formatInstant } from '@orderlog/instant';
import { comesToTooMuch, factsOf } from './invoice-to-facts.js';
import { lineRanges } from '../importing/line-ranges.js';
import { fingerprintOf } from './fingerprint.js';
import { LineReader, readHeader, type ReadLine } from './read-line.js';

const header = ['Invoice', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'Price', 'Customer ID', 'Country'];
const reader = () => new LineReader(readHeader({ line: 1, fields: header }), Date.UTC(2026, 0, 1) * 1000);

/** Lines as the file has them: `invoice,sku,quantity,price[,time[,customer]]`. */
function lines(...texts: string[]): ReadLine[] {
  const read = reader();
  return texts.map((text, index) => {
    const [invoice, sku, quantity, price, time = '2010-06-01 12:00:00', customer = '13085'] = text.split(',');
    const fields = [invoice!, sku!, 'A THING', quantity!, time, price!, customer, 'United Kingdom'];
    const line = read.read({ line: index + 2, fields });
    if ('reason' in line) throw new Error(`${text}: ${line.reason} ${line.detail}`);
    return line;
  });
}
const facts = (...texts: string[]) => factsOf(lines(...texts)).map(({ fact }) => fact);

describe('the facts of an invoice', () => {
  it('are an order and its payment, line by line', () => {
    expect(facts('489434,85048,12,6.95', '489434,21232,24,1.25', '489434,85048,1,0.001')).toEqual([
      {
        type: 'OrderPlaced',
        customerId: '13085',
        channel: 'online-retail',
        currency: 'GBP',
        total: 11340,
        lines: [
          { line: 1, sku: '85048', quantity: 12, unitPrice: 695, amount: 8340, description: 'A THING' },
          { line: 2, sku: '21232', quantity: 24, unitPrice: 125, amount: 3000, description: 'A THING' },
          {
            line: 3,
            sku: '85048',
            quantity: 1,
            unitPrice: 0,
            amount: 0,
            description: 'A THING',
            exactUnitPrice: '0.001',
          },
        ],
      },
      {
        type: 'PaymentCaptured',
        currency: 'GBP',
        paymentId: 'import-1',
        amount: 11340,
        allocation: [
          { line: 1, sku: '85048', quantity: 12, amount: 8340 },
          { line: 2, sku: '21232', quantity: 24, amount: 3000 },
          { line: 3, sku: '85048', quantity: 1, amount: 0 },
        ],
      },
    ]);
  });

  it('count each line at its own time, also where the invoice has two, and not in their order', () => {
    const made = factsOf(
      lines('1,A,1,1.00,2010-06-02 00:30:00', '1,B,1,2.00,2010-06-01 23:59:00', '1,C,1,4.00,2010-06-02 00:30:00'),
    );
    expect(made.map(({ fact, occurredAt, from }) => [fact.type, formatInstant(occurredAt).slice(0, 16), from])).toEqual(
      [
        ['OrderPlaced', '2010-06-01T22:59', [2, 3, 4]],
        ['PaymentCaptured', '2010-06-01T22:59', [3]],
        ['PaymentCaptured', '2010-06-01T23:30', [2, 4]],
      ],
    );
    expect(made.slice(1).map(({ fact }) => 'amount' in fact && fact.amount)).toEqual([200, 500]);
  });

  it('are a return where goods came back, and a stock write-off of no worth', () => {
    expect(facts('C1,A,-3,0.335')).toMatchObject([
      { type: 'ReturnRecorded', amount: 101, lines: [{ line: 1, quantity: 3, amount: 101, unitPrice: 34 }] },
    ]);
    expect(facts('1,A,-3,0')).toMatchObject([
      { type: 'ReturnRecorded', amount: 0, lines: [{ quantity: 3, amount: 0, unitPrice: 0 }] },
    ]);
  });

  it('are an adjustment for A…, a negative price, and what a cancellation takes in', () => {
    expect(facts('A506401,B,1,-53594.36,2010-04-29 13:36:00,')).toMatchObject([
      { type: 'AdjustmentRecorded', customerId: null, amount: -5359436, lines: [{ quantity: 1, amount: -5359436 }] },
    ]);
    expect(facts('1,B,-1,-2.50')).toMatchObject([
      { type: 'AdjustmentRecorded', amount: 250, lines: [{ quantity: -1 }] },
    ]);
    expect(facts('C496350,M,1,373.57')).toMatchObject([{ type: 'AdjustmentRecorded', amount: 37357 }]);
  });

  it('stand side by side where one invoice holds all kinds, and keep its line numbers', () => {
    const made = facts('1,A,1,1.00', '1,B,-1,2.00', '1,C,1,-4.00', '1,D,-0,8.00');
    expect(made.map(({ type }) => type)).toEqual([
      'OrderPlaced',
      'PaymentCaptured',
      'ReturnRecorded',
      'AdjustmentRecorded',
    ]);
    expect(made.map((fact) => ('lines' in fact ? fact.lines.map(({ line }) => line) : []))).toEqual([
      [1, 4],
      [],
      [2],
      [3],
    ]);
    expect(JSON.stringify(made)).not.toContain('-0');
  });

  it('say in words what was read with a rule: a second customer, a time that never was', () => {
    const [placed] = factsOf(
      lines('1,A,1,1.00,2010-03-28 01:30:00,', '1,B,1,1.00,2010-03-28 01:30:00,7', '1,C,1,1.00,2010-03-28 01:30:00,8'),
    );
    expect(placed!.fact).toMatchObject({ customerId: '7' });
    expect(placed!.notes).toEqual([
      'the invoice names 2 customers, the first is kept: 7, 8',
      'the clock in London never showed 2010-03-28 01:30:00: read as 2010-03-28T01:30:00.000000Z',
    ]);
  });

  it('are too much together where numbers stop to be exact', () => {
    const most = '90071992547409.90';
    expect(comesToTooMuch(lines(`1,A,1,${most}`))).toBe(false);
    expect(comesToTooMuch(lines(`1,A,1,${most}`, '1,B,-1,0.01'))).toBe(true);
  });
});

describe('a fingerprint', () => {
  it('is that of the content: not of line numbers, order or spelling of numbers', () => {
    const first = fingerprintOf(lines('1,A,1,1.00', '1,B,2,2.5'));
    expect(fingerprintOf(lines('1,B,2,2.50', '1,A,1,1'))).toBe(first);
    expect(fingerprintOf(lines('1,B,2,2.51', '1,A,1,1'))).not.toBe(first);
    expect(fingerprintOf(lines('1,A,1,1', '1,B,2,2.5', '1,B,2,2.5'))).not.toBe(first);
    expect(first).toMatch(/^import-online-retail:[0-9a-f]{32}$/);
  });
});

describe('line numbers', () => {
  it('are written as ranges', () => {
    expect(lineRanges([1, 2, 3, 8, 10, 11])).toBe('1-3,8,10-11');
    expect(lineRanges([7])).toBe('7');
  });
});

describe('a line', () => {
  const reason = (...fields: string[]) => {
    const line = reader().read({ line: 2, fields });
    return 'reason' in line ? line.reason : line;
  };
  const time = '2010-06-01 12:00:00';
  it.each([
    ['blank-line', ['']],
    ['wrong-columns', ['1', 'A']],
    ['no-invoice', ['', 'A', 'D', '1', time, '1', '', '']],
    ['invoice-not-an-order-id', ['1/2', 'A', 'D', '1', time, '1', '', '']],
    ['invoice-not-an-order-id', ['489434 ', 'A', 'D', '1', time, '1', '', '']],
    ['invoice-not-an-order-id', ['1'.repeat(65), 'A', 'D', '1', time, '1', '', '']],
    ['no-sku', ['1', ' ', 'D', '1', time, '1', '', '']],
    ['field-too-long', ['1', 'A'.repeat(257), 'D', '1', time, '1', '', '']],
    ['field-too-long', ['1', 'A', 'D'.repeat(10_001), '1', time, '1', '', '']],
    ['unkeepable-character', ['1', 'A\0', 'D', '1', time, '1', '', '']],
    ['not-utf-8', ['1', 'A', 'D\uFFFD', '1', time, '1', '', '']],
    ['quantity-not-a-number', ['1', 'A', 'D', 'two', time, '1', '', '']],
    ['quantity-not-whole', ['1', 'A', 'D', '1.5', time, '1', '', '']],
    ['quantity-too-large', ['1', 'A', 'D', '9007199254740991', time, '0', '', '']],
    ['price-not-a-number', ['1', 'A', 'D', '1', time, '1,5', '', '']],
    ['price-too-long', ['1', 'A', 'D', '1', time, `0.${'1'.repeat(61)}`, '', '']],
    ['amount-too-large', ['1', 'A', 'D', '0', time, '90071992547409.91', '', '']],
    ['amount-too-large', ['1', 'A', 'D', '-2', time, '90071992547409', '', '']],
    ['time-not-readable', ['1', 'A', 'D', '1', '2010-02-30 12:00:00', '1', '', '']],
    ['time-before-1970', ['1', 'A', 'D', '1', '1969-12-31 12:00:00', '1', '', '']],
    ['time-in-the-future', ['1', 'A', 'D', '1', '2026-01-01 00:00:01', '1', '', '']],
  ])('is refused for %s', (code, fields) => expect(reason(...fields)).toBe(code));

  it('keeps codes as they are written, and takes 2.0 and 1e2 for whole numbers', () => {
    expect(reason('1', '47503J ', '', '2.0', time, '1', '13085.0', '')).toMatchObject({
      sku: '47503J ',
      quantity: 2,
      customerId: '13085.0',
    });
    expect(reason('1', 'a', '', '-1e2', time, '1', '', '')).toMatchObject({ quantity: -100, amount: -10000 });
    expect(Object.is((reason('1', 'a', '', '-0', time, '1', '', '') as ReadLine).quantity, 0)).toBe(true);
  });
});

describe('a header', () => {
  const columns = (text: string) => readHeader({ line: 1, fields: text.split(',') });
  it('names the columns in any order, in the spelling of either edition', () => {
    expect(columns('\uFEFFInvoiceNo,UnitPrice,Quantity,InvoiceDate,StockCode,CustomerID,Description')).toMatchObject({
      invoice: 0,
      price: 1,
      customerId: 5,
      unknown: [],
    });
  });
  it('may have columns that are none of ours, and says which', () => {
    expect(columns('Invoice,StockCode,Quantity,InvoiceDate,Price,Country,Till')).toMatchObject({
      description: -1,
      unknown: ['Till'],
    });
  });
  it('is refused where one that is needed is missing or stands twice', () => {
    expect(() => columns('Invoice,StockCode,Quantity,InvoiceDate')).toThrow('no column price or unitprice');
    expect(() => columns('Invoice,StockCode,Quantity,InvoiceDate,Price,Unit Price')).toThrow('Unit Price twice');
    expect(() => readHeader(undefined)).toThrow('no column');
  });
});
