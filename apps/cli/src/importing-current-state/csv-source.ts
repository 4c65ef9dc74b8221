import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { CsvRecord } from '../importing/csv-records.js';
import { type CsvFileOptions, readCsvFile } from '../importing/csv-file.js';
import { CommandFailed } from '../terminal/command-failed.js';
import type { SourceFault, SourceRow, TableSource } from './table-source.js';

/** A CSV file with a header, packed by gzip or not. */
export class CsvSource implements TableSource {
  readonly name: string;
  readonly whole = true;
  private header: { columns: string[]; line: number } | undefined;
  private separator: string | undefined;

  constructor(
    private readonly path: string,
    private readonly options: CsvFileOptions & { onProgress?: (bytes: number, ofBytes: number) => void },
  ) {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      throw new CommandFailed(
        `there is no file ${path}`,
        'Give the path of a .csv or .csv.gz file, or a postgres:// URL.',
      );
    }
    this.name = basename(path);
  }

  async columns(): Promise<string[]> {
    return (await this.readHeader()).columns;
  }

  private async readHeader(): Promise<{ columns: string[]; line: number }> {
    if (this.header) return this.header;
    const first = await this.record(1);
    const said = first && separatorSaid(first);
    const line = said === undefined ? 1 : 2;
    const named = said === undefined ? first : await this.record(line);
    this.separator = said ?? (named && separatorOf(named));
    const header = this.separator === undefined ? named : await this.record(line);
    if (header) return (this.header = { columns: headerOf(header, this.name), line });
    throw new CommandFailed(`${this.name} is empty`, 'It needs a header that names its columns.');
  }

  private async record(wanted: number): Promise<CsvRecord | undefined> {
    for await (const { records } of readCsvFile(this.path, { ...this.options, separator: this.separator })) {
      const found = records.find(({ line }) => line === wanted);
      if (found) return found;
    }
    return undefined;
  }

  async *rows(columns: string[]): AsyncGenerator<SourceRow[]> {
    const header = await this.readHeader();
    const places = columns.map((column) => header.columns.indexOf(column));
    const form = { width: header.columns.length, places, separator: this.separator ?? ',' };
    for await (const { records, bytes, ofBytes } of readCsvFile(this.path, {
      ...this.options,
      separator: this.separator,
    })) {
      yield records.filter(({ line }) => line > header.line).map((record) => rowOf(record, form));
      this.options.onProgress?.(bytes, ofBytes);
    }
  }
}

/** A first line that names the separator, `sep=;`, as Excel reads and writes it, stands before the header. Undefined: there is none. */
const separatorSaid = (first: CsvRecord): string | undefined => {
  const text = 'fields' in first ? first.fields.join(',') : first.text;
  return /^\uFEFF?sep=([,;\t|])$/i.exec(text)?.[1];
};

/** What a header has between its columns where that is no comma: a semicolon or a tab. Undefined: a comma. */
function separatorOf(header: CsvRecord): string | undefined {
  if ('fields' in header && header.fields.length > 1) return undefined;
  const unquoted = ('fields' in header ? header.fields[0]! : header.text).replace(/"[^"]*"/g, '');
  return unquoted.includes(',') ? undefined : [';', '\t'].find((separator) => unquoted.includes(separator));
}

function headerOf(record: CsvRecord, name: string): string[] {
  if ('fields' in record && record.fields.some((field) => field.includes('\0'))) {
    throw new CommandFailed(
      `the header of ${name} is in another encoding`,
      'Say which: --encoding utf-16le, for example.',
    );
  }
  if ('fields' in record && record.fields.some((field) => field.trim() !== '')) {
    return record.fields.map((field) => field.replace(/^\uFEFF/, ''));
  }
  throw new CommandFailed(`${name} does not begin with a header`, 'Its first line must name its columns.');
}

function rowOf(
  record: CsvRecord,
  { width, places, separator }: { width: number; places: number[]; separator: string },
): SourceRow {
  const { line: number } = record;
  const faulty = (broken: SourceFault, texts: string[]): SourceRow => ({
    ...{ number, broken },
    mayName: places.map((place) => mayStandAt(place, width, texts)),
  });
  if ('broken' in record) return faulty('not-csv', record.text.replaceAll('"', '').split(separator));
  const { fields } = record;
  if (fields.length === 1 && fields[0] === '' && width > 1) return faulty('blank-line', []);
  if (fields.length !== width) return faulty('wrong-columns', fields);
  return { number, fields: places.map((place) => valueIn(fields[place])) };
}

/** What exports write for null: MySQL and Postgres `\N`, others `NULL`. */
const valueIn = (text: string | undefined): string | null =>
  text === undefined || text === 'NULL' || text === '\\N' ? null : text;

/**
 * What a line with too many or too few fields may have in a column: counted from its beginning and from its end, for what is
 * too much or missing stands before the column or behind it. In the first and in the last column there is no doubt.
 */
function mayStandAt(place: number, width: number, texts: readonly string[]): string[] {
  const fromStart = texts[place];
  const fromEnd = texts[texts.length - (width - place)];
  const all = place === 0 ? [fromStart] : place === width - 1 ? [fromEnd] : [fromStart, fromEnd];
  return [...new Set(all.filter((text) => text !== undefined))];
}
