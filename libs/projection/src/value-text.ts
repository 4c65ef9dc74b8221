import { formatInstant } from '@orderlog/instant';
import type { ColumnType, Value } from './define-projection.js';

/** One text for each value: what COPY is given, and what `selectText` gets back for the same. */
export function textOf(type: ColumnType, value: Value): string | null {
  if (value === null) return null;
  switch (type) {
    case 'timestamptz':
      return formatInstant(Number(value));
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

const special = /[\\\t\n\r]/g;
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A field of COPY's text format. */
export const copyField = (text: string | null): string =>
  text === null ? '\\N' : text.replace(special, (character) => escapes[character] as string);
