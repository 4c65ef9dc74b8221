import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { CommandFailed } from '../terminal/command-failed.js';
import { CsvReader, type CsvRecord } from './csv-records.js';

export interface CsvFileOptions {
  /** A label of the WHATWG Encoding Standard, e.g. `utf-8` or `windows-1252`. */
  encoding: string;
  /** What stands between fields; without it a comma. */
  separator?: string | undefined;
  signal: AbortSignal;
}

/** What one more piece of the file has brought. */
export interface ReadPiece {
  records: CsvRecord[];
  /** Of the file as it lies there, packed or not. */
  bytes: number;
  ofBytes: number;
}

/**
 * Reads a CSV file from its beginning to its end, packed or not (gzip is told by its first two bytes, not by the name).
 * @throws CommandFailed where it is packed and damaged
 */
export async function* readCsvFile(path: string, options: CsvFileOptions): AsyncGenerator<ReadPiece> {
  const ofBytes = (await stat(path)).size;
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  const packed = await isGzip(path);
  const bytes = packed ? source.pipe(createGunzip({ chunkSize: 256 * 1024 })) : source;
  if (packed) source.on('error', (error) => bytes.destroy(error));
  const text = new TextDecoder(options.encoding, { ignoreBOM: false });
  const csv = new CsvReader(options.separator);
  const piece = (records: CsvRecord[]): ReadPiece => ({ records, bytes: source.bytesRead, ofBytes });
  try {
    for await (const chunk of bytes) {
      options.signal.throwIfAborted();
      yield piece(csv.push(text.decode(chunk as Buffer, { stream: true })));
    }
    yield piece(csv.push(text.decode()));
    yield piece(csv.end());
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
