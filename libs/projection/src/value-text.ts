import { formatInstant } from '@orderlog/instant';
import type { ColumnType, Value } from './define-projection.js';

/** One text for each value: what COPY is given, and what `selectText` gets back for the same. */
export function textOf(type: ColumnType, value: Value): string | null {
  if (value === null) return null;
  switch (type) {
    case 'timestamptz':
      return instantText(Number(value));
    case 'bytea':
      return `\\x${(value as Buffer).toString('hex')}`;
    case 'integer':
    case 'bigint':
      if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is no whole number below 2^53`);
      return String(value);
    case 'text':
    case 'boolean':
    case 'date':
    case 'json':
      return String(value);
  }
}

/** SQL that gives a column as `textOf` writes it. */
export function selectText(type: ColumnType, column: string): string {
  switch (type) {
    case 'timestamptz':
      return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'date':
      return `to_char(${column}, 'YYYY-MM-DD')`;
    case 'bytea':
      return `'\\x' || encode(${column}, 'hex')`;
    case 'text':
    case 'integer':
    case 'bigint':
    case 'boolean':
    case 'json':
      return `${column}::text`;
  }
}

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A field of COPY's text format. */
export function copyField(text: string | null): string {
  if (text === null) return '\\N';
  return special.test(text) ? text.replace(specials, (character) => escapes[character] as string) : text;
}

/** A Postgres array's text. The driver makes one as well, an element at a time and at ten times the price. */
export function arrayText(values: readonly (string | number | null)[]): string {
  const elements = values.map((value) => {
    if (value === null) return 'NULL';
    if (typeof value === 'number') return String(value);
    return /["\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`;
  });
  return `{${elements.join(',')}}`;
}

/** The rows of one event have the same times: the last text is kept. */
let lastInstant = Number.NaN;
let lastText = '';
function instantText(instant: number): string {
  if (instant !== lastInstant) {
    lastText = formatInstant(instant);
    lastInstant = instant;
  }
  return lastText;
}
