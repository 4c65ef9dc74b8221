import type { Instant } from '@orderlog/instant';
import { readCsvFile } from '../importing/csv-file.js';
import { type Columns, LineReader, type ReadLine, readHeader } from './read-line.js';
import type { RefusedLine } from './line-refusals.js';
import { CommandFailed } from '../terminal/command-failed.js';

export interface ReadFile {
  columns: Columns;
  /** Records after the header: every one of them is in `invoices` or was refused. */
  lines: number;
  refused: RefusedLine[];
  /** By the invoice's number, in the order in which the file first names them; its lines need not stand together. */
  invoices: Map<string, ReadLine[]>;
}

export interface ReadOptions {
  now: Instant;
  /** A label of the WHATWG Encoding Standard, e.g. `utf-8` or `windows-1252`. */
  encoding: string;
  signal: AbortSignal;
  /** A guard against running out of memory: about 150 bytes are held for each line. */
  mostLines: number;
  /** Called now and then with how many of the file's bytes have been read. */
  onProgress?: (read: { bytes: number; ofBytes: number; lines: number }) => void;
}

/**
 * Reads the whole file and groups its lines by invoice. Invoices are held in memory because the lines of one need not stand together; their texts are held once.
 * @throws Error where the file cannot be read, is no online-retail file, or has more than `mostLines` lines
 */
export async function readOnlineRetail(path: string, options: ReadOptions): Promise<ReadFile> {
  const read: ReadFile = { columns: undefined as unknown as Columns, lines: 0, refused: [], invoices: new Map() };
  let reader: LineReader | undefined;
  for await (const { records, bytes, ofBytes } of readCsvFile(path, options)) {
    for (const record of records) {
      if (!reader) {
        read.columns = readHeader(record);
        reader = new LineReader(read.columns, options.now);
        continue;
      }
      read.lines++;
      const line = reader.read(record);
      if ('reason' in line) {
        read.refused.push(line);
        continue;
      }
      const invoice = read.invoices.get(line.invoice);
      if (invoice) invoice.push(line);
      else read.invoices.set(line.invoice, [line]);
    }
    if (read.lines > options.mostLines) {
      throw new CommandFailed(
        `the file has more than ${options.mostLines} lines, and they are held in memory`,
        'Split it (the lines of an invoice in one file), or allow more with --most-lines (about 150 bytes a line).',
      );
    }
    options.onProgress?.({ bytes, ofBytes, lines: read.lines });
  }
  if (!reader) readHeader(undefined);
  return read;
}
