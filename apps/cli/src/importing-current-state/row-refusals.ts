/** Why a row of the table, or an entry of its log, is in no fact. One list: the readers, the report, the tests and the docs use it. */
export const rowRefusals = {
  'not-csv': 'the line is not well-formed CSV',
  'blank-line': 'the line is empty',
  'wrong-columns': 'the line has more or fewer fields than the header',
  'not-utf-8': 'a field holds bytes that are not UTF-8; if the file is in another encoding, say so with --encoding',
  'unkeepable-character': 'a field holds a NUL character, which Postgres cannot keep',
  'no-order-id': 'it names no order',
  'not-an-order-id': 'an order ID is 1 to 64 of A–Z a–z 0–9 . _ -, and more than one or two dots',
  'no-total': 'the row has no total',
  'amount-not-a-number':
    'the amount is not a plain number such as 1234.50, with a point and no comma (with --decimal-comma the other way round), without £, separators of thousands or an exponent; a column that holds something else is left out with --map captured= (or whichever it is)',
  'amount-not-exact':
    'the amount has more digits than its currency; round it where it comes from (in SQL: total::numeric(12,2)), or say --minor-units if it is whole pennies',
  'amount-below-zero': 'the amount is below zero, and what it means an order does not know',
  'amount-too-large': 'the amount is more than 2^53 - 2 minor units',
  'no-currency': 'the row has no currency; say which with --currency',
  'not-a-currency': 'the currency is not the code of one in use, by ISO 4217',
  'text-too-long': 'the text is longer than 200 characters',
  'time-not-readable':
    'the time is not YYYY-MM-DD[ HH:MM[:SS]] with or without a zone, or not in the calendar; leave the column out with --map createdAt= (or updatedAt=; of the log: --map-audit at=)',
  'order-has-refused-row': 'another row of this order was refused: all of its rows are kept, with its log, or none',
  'order-too-large': 'the rows of this order make a message that is too large for the broker',
  'order-exists':
    'an order with this ID is in the store and was not imported from a table; it was not changed, and the audit was told',
  'refused-by-store': 'the store refused the order',
  'log-values-not-json': 'the entry of the log has old or new values that are no JSON object',
  'log-action-unknown': 'the entry of the log is no insert, update or delete',
  'log-of-order-not-selected':
    'the query selects no row of this order, and the table may have it all the same; --table takes in what only the log knows',
  'log-of-no-order': 'the table has no such row (any more), and the log does not say enough to make an order of it',
} as const satisfies Record<string, string>;

export type RowRefusal = keyof typeof rowRefusals;

export interface RefusedRow {
  /** Where it stood: `orders.csv:17`. */
  origin: string;
  orderId: string;
  reason: RowRefusal;
  /** Which field, and what was found in it. */
  detail: string;
}

export const reportHeader = ['origin', 'order', 'reason', 'meaning', 'detail'];

export function* reportRows(refused: readonly RefusedRow[]): Generator<string[]> {
  for (const { origin, orderId, reason, detail } of refused) {
    yield [origin, orderId, reason, rowRefusals[reason], detail];
  }
}
