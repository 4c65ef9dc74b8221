import type { WaitingRow } from './read-waiting-rows.sql.js';

export interface Request {
  rows: WaitingRow[];
  bytes: number;
}

/** What a record weighs on the wire beside its key, value and headers; rather more than less. */
const recordOverheadBytes = 32;

export function bytesOf({ record }: WaitingRow): number {
  let bytes = recordOverheadBytes + Buffer.byteLength(record.key ?? '') + (record.value?.length ?? 0);
  for (const [name, value] of Object.entries(record.headers)) bytes += name.length + Buffer.byteLength(value) + 4;
  return bytes;
}

/**
 * Cuts rows into requests of at most so many bytes, in order. A row that is larger by itself goes alone: whether it is too
 * large is Kafka's to say.
 */
export function requestsOf(rows: readonly WaitingRow[], maxBytes: number): Request[] {
  const requests: Request[] = [];
  let open: Request | undefined;
  for (const row of rows) {
    const bytes = bytesOf(row);
    if (!open || open.bytes + bytes > maxBytes) requests.push((open = { rows: [], bytes: 0 }));
    open.rows.push(row);
    open.bytes += bytes;
  }
  return requests;
}
