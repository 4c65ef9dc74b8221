import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { CsvRecord } from '../importing/csv-records.js';
import { type CsvFileOptions, readCsvFile } from '../importing/csv-file.js';
import { CommandFailed } from '../terminal/command-failed.js';
import type { SourceRow, TableSource } from './table-source.js';

/** A CSV file with a header, packed by gzip or not. */
export class CsvSource implements TableSource {
  readonly name: string;
  private header: string[] | undefined;

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
    if (this.header) return this.header;
    for await (const { records } of readCsvFile(this.path, this.options)) {
      const [first] = records;
      if (first) return (this.header = headerOf(first, this.name));
    }
    throw new CommandFailed(`${this.name} is empty`, 'It needs a header that names its columns.');
  }

  async *rows(columns: string[]): AsyncGenerator<SourceRow[]> {
    const header = await this.columns();
    const places = columns.map((column) => header.indexOf(column));
    for await (const { records, bytes, ofBytes } of readCsvFile(this.path, this.options)) {
      yield records.filter(({ line }) => line > 1).map((record) => rowOf(record, header.length, places));
      this.options.onProgress?.(bytes, ofBytes);
    }
  }
}

function headerOf(record: CsvRecord, name: string): string[] {
  if ('fields' in record && record.fields.some((field) => field.trim() !== '')) {
    return record.fields.map((field) => field.replace(/^\uFEFF/, ''));
  }
  throw new CommandFailed(`${name} does not begin with a header`, 'Its first line must name its columns.');
}

function rowOf(record: CsvRecord, width: number, places: number[]): SourceRow {
  const { line: number } = record;
  if ('broken' in record) return { number, broken: 'not-csv' };
  const { fields } = record;
  if (fields.length === 1 && fields[0] === '' && width > 1) return { number, broken: 'blank-line' };
  if (fields.length !== width) return { number, broken: 'wrong-columns' };
  return { number, fields: places.map((place) => fields[place] ?? null) };
}
