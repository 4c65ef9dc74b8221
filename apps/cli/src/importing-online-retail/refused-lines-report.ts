import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { lineRefusals, type RefusedLine } from './line-refusals.js';

/** Where the report goes unless the user says another place; never beside the file, whose folder may be read-only. */
export const reportPath = (file: string): string =>
  resolve(
    '.orderlog/imports',
    `${basename(file)
      .replace(/\.gz$/i, '')
      .replace(/\.csv$/i, '')}.refused.csv`,
  );

/**
 * Writes the lines that are not in the store, in the order of the file: line, invoice, code, why. It is written also where
 * there are none, so that whoever looks finds an answer.
 */
export async function writeReport(path: string, refused: readonly RefusedLine[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const out = createWriteStream(path);
  const written = finished(out);
  out.write('line,invoice,stockCode,reason,meaning,detail\n');
  for (const { line, invoice, sku, reason, detail } of [...refused].sort((a, b) => a.line - b.line)) {
    const row = [String(line), invoice, sku, reason, lineRefusals[reason], detail].map(field).join(',');
    if (!out.write(`${row}\n`)) await once(out, 'drain');
  }
  out.end();
  await written;
}

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
