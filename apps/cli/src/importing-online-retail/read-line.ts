import { IANAZone } from 'luxon';
import type { Instant } from '@orderlog/instant';
import { MAX_MINOR } from '@orderlog/order-domain';
import type { CsvRecord } from '../importing/csv-records.js';
import { type Decimal, formatDecimal, parseDecimal, penniesOf } from '../importing/decimal.js';
import { CommandFailed } from '../terminal/command-failed.js';
import type { LineRefusal, RefusedLine } from './line-refusals.js';
import { type LocalTime, localTime } from '../importing/local-time.js';

/** A price as it was written, once for all the lines that have it. */
export interface Price {
  exact: Decimal;
  /** Rounded to the penny as amounts are. */
  minor: number;
  /** As plain digits; only where pennies cannot hold it. */
  exactText?: string;
}

/** A line of the file that can be kept, compact: half a million of them are held at a time. */
export interface ReadLine {
  line: number;
  invoice: string;
  /** As written, blanks included. */
  sku: string;
  description: string;
  quantity: number;
  price: Price;
  /** Quantity × price, rounded half-up to the penny, away from zero where it is negative. */
  amount: number;
  time: LocalTime & { text: string };
  customerId: string;
}

/** Which field of a record is which; -1 where the file has no such column. */
export interface Columns {
  count: number;
  invoice: number;
  sku: number;
  description: number;
  quantity: number;
  time: number;
  price: number;
  customerId: number;
  /** Columns that are none of ours; they are not read. */
  unknown: string[];
}

/** The names of the two editions of the data set; blanks, underscores and case make no difference. */
const columnNames: Record<Exclude<keyof Columns, 'count' | 'unknown'>, string[]> = {
  invoice: ['invoice', 'invoiceno'],
  sku: ['stockcode'],
  description: ['description'],
  quantity: ['quantity'],
  time: ['invoicedate'],
  price: ['price', 'unitprice'],
  customerId: ['customerid'],
};
const optional = new Set(['description', 'customerId']);
const knownAndNotKept = new Set(['country']);

/** @throws CommandFailed where the header is not that of an online-retail file; it says what was expected. */
export function readHeader(header: CsvRecord | undefined): Columns {
  const fields = header && 'fields' in header ? header.fields : [];
  const names = fields.map((name) =>
    name
      .replace(/^\uFEFF/, '')
      .replace(/[\s_]/g, '')
      .toLowerCase(),
  );
  const columns = { count: fields.length, unknown: [] } as unknown as Columns;
  const known = new Set(knownAndNotKept);
  for (const [column, spellings] of Object.entries(columnNames) as [keyof typeof columnNames, string[]][]) {
    spellings.forEach((spelling) => known.add(spelling));
    const found = names.flatMap((name, index) => (spellings.includes(name) ? [index] : []));
    if (found.length > 1) {
      throw new CommandFailed(`the header names the column ${fields[found[1]!]} twice`, 'Take one of them out.');
    }
    if (found.length === 0 && !optional.has(column)) {
      const firstLine = JSON.stringify(fields.join(',').slice(0, 200));
      throw new CommandFailed(
        `the header has no column ${spellings.join(' or ')}: the first line of the file is ${firstLine}`,
        'That of an online-retail file is Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country.',
      );
    }
    columns[column] = found[0] ?? -1;
  }
  columns.unknown = fields.filter((_, index) => !known.has(names[index]!));
  return columns;
}

const london = IANAZone.create('Europe/London');
const orderId = /^[A-Za-z0-9._-]{1,64}$/;
const longestText = 10_000;
/** An index entry of Postgres holds no more than 2.7 kB; codes of the trade have a dozen characters. */
const longestSku = 256;

/** Reads lines; remembers texts that it has seen, since 525,461 lines have some 5,000 codes and 1,600 prices. */
export class LineReader {
  private readonly texts = new Map<string, string>();
  private readonly prices = new Map<string, Price | LineRefusal>();
  private readonly times = new Map<string, ReadLine['time'] | LineRefusal>();

  /** @param now lines later than this are refused */
  constructor(
    private readonly columns: Columns,
    private readonly now: Instant,
  ) {}

  read(record: CsvRecord): ReadLine | RefusedLine {
    if ('broken' in record) return refused(record.line, '', '', 'not-csv', record.broken);
    const { line, fields } = record;
    const { columns } = this;
    if (fields.length === 1 && fields[0] === '') return refused(line, '', '', 'blank-line');
    const invoice = fields[columns.invoice] ?? '';
    const sku = fields[columns.sku] ?? '';
    const no = (reason: LineRefusal, detail = '') => refused(line, invoice, sku, reason, detail);

    if (fields.length !== columns.count) return no('wrong-columns', `${fields.length} instead of ${columns.count}`);
    if (invoice.trim() === '') return no('no-invoice');
    if (!orderId.test(invoice)) return no('invoice-not-an-order-id', invoice);
    if (sku.trim() === '') return no('no-sku');
    if (sku.length > longestSku) return no('field-too-long', `the stock code has ${sku.length} characters`);
    const description = fields[columns.description] ?? '';
    const customerId = fields[columns.customerId] ?? '';
    for (const text of [sku, description, customerId]) {
      if (this.texts.has(text)) continue;
      const unkeepable = unkeepableText(text);
      if (unkeepable) return no(unkeepable);
      this.keep(text);
    }
    if (!this.texts.has(invoice)) this.keep(invoice);

    const quantity = wholeNumber(fields[columns.quantity]!);
    if (typeof quantity === 'string') return no(quantity, fields[columns.quantity]);
    const price = this.price(fields[columns.price]!);
    if (typeof price === 'string') return no(price, fields[columns.price]);
    const amount = penniesOf(BigInt(quantity), price.exact);
    if (!isSafe(amount)) return no('amount-too-large', `${quantity} × ${fields[columns.price]}`);
    const time = this.time(fields[columns.time]!);
    if (typeof time === 'string') return no(time, fields[columns.time]);

    return {
      line,
      invoice: this.texts.get(invoice)!,
      sku: this.texts.get(sku)!,
      description: this.texts.get(description)!,
      quantity,
      price,
      amount: Number(amount),
      time,
      customerId: this.texts.get(customerId)!,
    };
  }

  private keep(text: string): void {
    const copy = copyOf(text);
    this.texts.set(copy, copy);
  }

  private price(text: string): Price | LineRefusal {
    const known = this.prices.get(text);
    if (known) return known;
    const exact = parseDecimal(text);
    const price = exact === 'not-a-number' ? 'price-not-a-number' : exact === 'too-long' ? 'price-too-long' : of(exact);
    this.prices.set(copyOf(text), price);
    return price;

    function of(decimal: Decimal): Price | LineRefusal {
      const minor = penniesOf(1n, decimal);
      if (!isSafe(minor)) return 'amount-too-large';
      return { exact: decimal, minor: Number(minor), ...(decimal.scale > 2 && { exactText: formatDecimal(decimal) }) };
    }
  }

  private time(text: string): ReadLine['time'] | LineRefusal {
    const known = this.times.get(text);
    if (known) return known;
    const read = localTime(text, london);
    const time =
      read === undefined
        ? 'time-not-readable'
        : read.at < 0
          ? 'time-before-1970'
          : read.at > this.now
            ? 'time-in-the-future'
            : { ...read, text: copyOf(text) };
    this.times.set(copyOf(text), time);
    return time;
  }
}

/** A text of its own: a slice would keep the whole piece of the file that it was cut from. */
const copyOf = (text: string): string => Buffer.from(text).toString();

const isSafe = (pennies: bigint): boolean => pennies <= BigInt(MAX_MINOR) && pennies >= -BigInt(MAX_MINOR);

const plainWhole = /^-?[0-9]{1,15}$/;

function wholeNumber(text: string): number | LineRefusal {
  if (plainWhole.test(text)) return Number(text) + 0 || 0; // -0 is 0
  const decimal = parseDecimal(text);
  if (decimal === 'not-a-number') return 'quantity-not-a-number';
  if (decimal === 'too-long') return 'quantity-too-large';
  if (decimal.scale > 0) return 'quantity-not-whole';
  return isSafe(decimal.coefficient) ? Number(decimal.coefficient) : 'quantity-too-large';
}

function unkeepableText(text: string): LineRefusal | undefined {
  if (text.includes('\0')) return 'unkeepable-character';
  if (text.includes('\uFFFD')) return 'not-utf-8';
  return text.length > longestText ? 'field-too-long' : undefined;
}

function refused(line: number, invoice: string, sku: string, reason: LineRefusal, detail = ''): RefusedLine {
  return { line, invoice: shown(invoice), sku: shown(sku), reason, detail: shown(detail) };
}

const shown = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
