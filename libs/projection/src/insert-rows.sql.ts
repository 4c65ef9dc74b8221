import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { from as copyFrom } from 'pg-copy-streams';
import type { Table } from './define-projection.js';
import type { Transaction } from './database.js';
import type { Fields } from './row-changes.js';
import { copyField } from './value-text.js';

/** About as much as one write to the socket takes well. */
const CHUNK_CHARACTERS = 256 * 1024;

/**
 * Adds rows by COPY: a multi-row insert by `unnest` of the same rows took about twice the time of both sides. What the
 * events had produced is gone already, so there is no conflict to resolve; one that happens all the same is an error.
 */
export async function insertRows(
  tx: Transaction,
  where: { schema: string; name: string; table: Table; generation: number },
  rows: readonly Fields[],
): Promise<void> {
  const { schema, name, table, generation } = where;
  const columns = ['generation', ...Object.keys(table.columns)].join(', ');
  await pipeline(
    Readable.from(copyText(generation, rows), { objectMode: false }),
    tx.query(copyFrom(`copy ${schema}.${name} (${columns}) from stdin`)),
  );
}

function* copyText(generation: number, rows: readonly Fields[]): Generator<Buffer> {
  let text = '';
  for (const fields of rows) {
    text += String(generation);
    for (const field of fields) text += `\t${copyField(field)}`;
    text += '\n';
    if (text.length >= CHUNK_CHARACTERS) {
      yield Buffer.from(text);
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text);
}
