/** Why a line of the file is not in the store. One list: the reader, the report, the tests and the docs use it. */
export const lineRefusals = {
  'not-csv': 'the line is not well-formed CSV',
  'blank-line': 'the line is empty',
  'wrong-columns': 'the line has more or fewer fields than the header',
  'not-utf-8': 'a field holds bytes that are not UTF-8; if the file is in another encoding, say so with --encoding',
  'unkeepable-character': 'a field holds a NUL character, which Postgres cannot keep',
  'field-too-long': 'a field is longer than can be kept',
  'no-invoice': 'the line names no invoice',
  'invoice-not-an-order-id': 'an order ID is 1 to 64 of A–Z a–z 0–9 . _ -',
  'no-sku': 'the line names no stock code',
  'quantity-not-a-number': 'the quantity is not a number',
  'quantity-not-whole': 'the quantity is not a whole number',
  'quantity-too-large': 'the quantity is more than 2^53 - 2',
  'price-not-a-number': 'the price is not a number',
  'price-too-long': 'the price has more than 60 digits',
  'amount-too-large': 'the amount or the price comes to more than 2^53 - 2 pennies',
  'time-not-readable': 'the time is not YYYY-MM-DD HH:MM[:SS], or not in the calendar',
  'time-before-1970': 'the time is before 1970',
  'time-in-the-future': 'the time is in the future; history is not',
  'invoice-total-too-large': 'the lines of this invoice come to more than 2^53 - 2 pennies together',
  'invoice-too-large': 'the invoice makes a message that is too large for the broker',
  'differs-from-imported': 'the invoice was imported before with other lines; what is in the store was not changed',
  'order-exists': 'an order with this ID is in the store and did not come from this import; it was not changed',
  'refused-by-store': 'the store refused the invoice',
} as const satisfies Record<string, string>;

export type LineRefusal = keyof typeof lineRefusals;

export interface RefusedLine {
  line: number;
  invoice: string;
  sku: string;
  reason: LineRefusal;
  /** What was found, where that helps: the text that is no number, the order that is in the way. */
  detail: string;
}

/** The refused lines in the order of the file, as the report has them. */
export function* reportRows(refused: readonly RefusedLine[]): Generator<string[]> {
  for (const { line, invoice, sku, reason, detail } of [...refused].sort((a, b) => a.line - b.line)) {
    yield [String(line), invoice, sku, reason, lineRefusals[reason], detail];
  }
}
export const reportHeader = ['line', 'invoice', 'stockCode', 'reason', 'meaning', 'detail'];
