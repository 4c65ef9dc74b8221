import { MAX_MINOR } from '@orderlog/order-domain';
import type { Allocation, Line, LooseLine, OrderEvent } from '@orderlog/order-domain';
import { formatInstant, type Instant } from '@orderlog/instant';
import type { ReadLine } from './read-line.js';

/** A fact of an invoice, and the lines of the file that it comes from. */
export interface ImportedFact {
  fact: OrderEvent;
  occurredAt: Instant;
  /** Line numbers of the file, ascending. */
  from: number[];
  /** What a reader of the fact should know about how the line was read. */
  notes: string[];
}

/** Where these orders came from. */
const channel = 'online-retail';

/** What a line is. The first rule that fits decides; docs/importing-online-retail.md gives the reasons. */
export type LineKind = 'sale' | 'return' | 'adjustment';

export function kindOf({ invoice, quantity, price }: Pick<ReadLine, 'invoice' | 'quantity' | 'price'>): LineKind {
  if (price.exact.coefficient < 0n || /^a/i.test(invoice)) return 'adjustment';
  if (quantity < 0) return 'return';
  // A cancellation that takes something in: the file's C496350, a manual charge of 373.57.
  return /^c/i.test(invoice) ? 'adjustment' : 'sale';
}

/**
 * The facts of one invoice, in the order in which they are kept: OrderPlaced with all sale lines, at the invoice's
 * first time, then for each of its times what was paid, what came back and what was adjusted then. So each line counts
 * on the day that the file gives it, also where an invoice has two times, and net revenue is the sum of the lines.
 * @param lines all lines of one invoice, as the file has them; at least one
 */
export function factsOf(lines: readonly ReadLine[]): ImportedFact[] {
  const currency = 'GBP';
  const numbered = lines.map((line, index) => ({ ...line, number: index + 1, kind: kindOf(line) }));
  const customers = [...new Set(lines.map((line) => line.customerId).filter((customer) => customer !== ''))];
  const customerId = customers[0] ?? null;
  const notes =
    customers.length > 1
      ? [`the invoice names ${customers.length} customers, the first is kept: ${customers.slice(0, 10).join(', ')}`]
      : [];
  const facts: ImportedFact[] = [];
  const times = [...new Set(lines.map((line) => line.time.at))].sort((a, b) => a - b);

  const sales = numbered.filter((line) => line.kind === 'sale');
  if (sales.length > 0) {
    facts.push({
      fact: { type: 'OrderPlaced', customerId, channel, currency, lines: sales.map(placedLine), total: sum(sales) },
      occurredAt: times[0]!,
      from: sales.map((line) => line.line),
      notes: [...notes, ...timeNotes(sales)],
    });
  }
  times.forEach((at, index) => {
    const then = numbered.filter((line) => line.time.at === at);
    const of = (kind: LineKind) => then.filter((line) => line.kind === kind);
    const add = (kind: LineKind, fact: (kindLines: Numbered[]) => OrderEvent) => {
      const kindLines = of(kind);
      if (kindLines.length === 0) return;
      const from = kindLines.map((line) => line.line);
      facts.push({ fact: fact(kindLines), occurredAt: at, from, notes: [...notes, ...timeNotes(kindLines)] });
    };
    add('sale', (paid) => ({
      type: 'PaymentCaptured',
      currency,
      paymentId: `import-${index + 1}`,
      amount: sum(paid),
      allocation: paid.map(allocated),
    }));
    add('return', (back) => ({
      type: 'ReturnRecorded',
      customerId,
      currency,
      lines: back.map((line) => looseLine(line, -1)),
      amount: positive(-sum(back)),
    }));
    add('adjustment', (adjusted) => ({
      type: 'AdjustmentRecorded',
      customerId,
      currency,
      lines: adjusted.map((line) => looseLine(line, 1)),
      amount: sum(adjusted),
    }));
  });
  return facts;
}

/** @returns true where the lines come to more than numbers keep exactly; no single fact may. */
export function comesToTooMuch(lines: readonly ReadLine[]): boolean {
  let magnitude = 0n;
  for (const line of lines) magnitude += BigInt(Math.abs(line.amount));
  return magnitude > BigInt(MAX_MINOR);
}

type Numbered = ReadLine & { number: number };

const placedLine = (line: Numbered): Line => ({
  line: line.number,
  sku: line.sku,
  quantity: line.quantity,
  unitPrice: line.price.minor,
  amount: line.amount,
  ...asWritten(line),
});

const allocated = (line: Numbered): Allocation => ({
  line: line.number,
  sku: line.sku,
  quantity: line.quantity,
  amount: line.amount,
});

/** @param sign -1 for a return: the units that came back and the money that was given back count upwards. */
const looseLine = (line: Numbered, sign: 1 | -1): LooseLine => ({
  line: line.number,
  sku: line.sku,
  quantity: positive(sign * line.quantity),
  amount: positive(sign * line.amount),
  unitPrice: line.price.minor,
  ...asWritten(line),
});

const asWritten = ({ description, price }: ReadLine) => ({
  ...(description !== '' && { description }),
  ...(price.exactText !== undefined && { exactUnitPrice: price.exactText }),
});

const sum = (lines: readonly ReadLine[]): number => positive(lines.reduce((total, line) => total + line.amount, 0));

/** 0 for -0: JSON writes both as 0, a comparison does not. */
const positive = (amount: number): number => amount || 0;

function timeNotes(lines: readonly ReadLine[]): string[] {
  const noted = new Map(lines.filter((line) => line.time.note).map((line) => [line.time.text, line.time]));
  return [...noted.values()]
    .slice(0, 10)
    .map(({ text, note, at }) =>
      note === 'does-not-exist'
        ? `the clock in London never showed ${text}: read as ${formatInstant(at)}`
        : `the clock in London showed ${text} twice: read as the first, ${formatInstant(at)}`,
    );
}
