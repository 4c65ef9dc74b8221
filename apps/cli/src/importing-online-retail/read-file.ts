import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { Instant } from '@orderlog/instant';
import { CsvReader, type CsvRecord } from './csv-records.js';
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
 * Reads the whole file, packed or not (gzip is told by its first two bytes, not by the name), and groups its lines by
 * invoice. Invoices are held in memory because the lines of one need not stand together; their texts are held once.
 * @throws Error where the file cannot be read, is no online-retail file, or has more than `mostLines` lines
 */
export async function readOnlineRetail(path: string, options: ReadOptions): Promise<ReadFile> {
  const ofBytes = (await stat(path)).size;
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  const packed = await isGzip(path);
  const bytes = packed ? source.pipe(createGunzip({ chunkSize: 256 * 1024 })) : source;
  if (packed) source.on('error', (error) => bytes.destroy(error));
  const text = new TextDecoder(options.encoding, { ignoreBOM: false });
  const csv = new CsvReader();
  const read: ReadFile = { columns: undefined as unknown as Columns, lines: 0, refused: [], invoices: new Map() };
  let reader: LineReader | undefined;

  const take = (records: CsvRecord[]) => {
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
    options.onProgress?.({ bytes: source.bytesRead, ofBytes, lines: read.lines });
  };

  try {
    for await (const chunk of bytes) {
      options.signal.throwIfAborted();
      take(csv.push(text.decode(chunk as Buffer, { stream: true })));
    }
    take(csv.push(text.decode()));
    take(csv.end());
  } catch (error) {
    if (packed && (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR') {
      throw new CommandFailed('the gzip file ends before it is complete', 'Is the copy finished? Fetch it again.');
    }
    if (packed && (error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
      throw new CommandFailed(
        `the gzip file is damaged, or something else follows it (${(error as Error).message})`,
        'Fetch it again, or unpack it as far as it goes and import the .csv.',
      );
    }
    throw error;
  } finally {
    // Closed before this returns, whatever ended the reading; what it says about being closed early is no news.
    if (!source.closed) {
      const closed = once(source, 'close');
      source.destroy();
      await closed.catch(() => undefined);
    }
  }
  if (!reader) readHeader(undefined);
  return read;
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
