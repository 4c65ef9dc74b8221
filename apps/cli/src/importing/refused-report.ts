import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { finished } from 'node:stream/promises';

/** Where the report goes unless the user says another place; never beside the file, whose folder may be read-only. */
export const reportPath = (source: string): string =>
  resolve(
    '.orderlog/imports',
    `${basename(source)
      .replace(/\.gz$/i, '')
      .replace(/\.csv$/i, '')}.refused.csv`,
  );

/** Writes what was refused as CSV; also where there is nothing, so that whoever looks finds an answer. */
export async function writeReport(path: string, header: string[], rows: Iterable<string[]>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const out = createWriteStream(path);
  const written = finished(out);
  out.write(`${header.join(',')}\n`);
  for (const row of rows) {
    if (!out.write(`${row.map(field).join(',')}\n`)) await once(out, 'drain');
  }
  out.end();
  await written;
}

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
