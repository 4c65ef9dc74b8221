import { outboxHeaders } from '@orderlog/event-store';
import type { FencedRecord } from '@orderlog/kafka';
import type { Pool } from 'pg';

/** A row of the outbox as the message that it is. The relay knows nothing of what is in it. */
export interface WaitingRow {
  seq: number;
  record: FencedRecord;
}

const headerColumns = outboxHeaders.map((name) => `"${name}"`).join(', ');

/**
 * The rows that wait for a partition, by seq, from behind the low-water mark on: at most `rowLimit`, and no more bytes than
 * `byteLimit` after the first. Without the mark an index full of rows that were sent long ago would be walked at every look.
 */
export async function readWaitingRows(
  pool: Pool,
  partition: number,
  mark: number,
  { rowLimit, byteLimit }: { rowLimit: number; byteLimit: number },
): Promise<WaitingRow[]> {
  const { rows } = await pool.query<[string, string, string, Buffer | null, string, ...(string | null)[]]>({
    name: 'read-waiting-rows',
    text: `select seq, aggregatetype, key, payload, floor(extract(epoch from timestamp) * 1000)::bigint, ${headerColumns}
           from (
             select *, sum(coalesce(octet_length(payload), 0)) over (order by seq) - coalesce(octet_length(payload), 0) as before
             from (select * from orders.outbox where partition = $1 and seq > $2 order by seq limit $3) as first_rows
           ) as measured
           where before < $4 order by seq`,
    values: [partition, mark, rowLimit, byteLimit],
    rowMode: 'array',
  });
  return rows.map(([seq, topic, key, value, timestampMs, ...values]) => {
    const headers: Record<string, string> = {};
    outboxHeaders.forEach((name, index) => {
      const text = values[index];
      if (text !== null && text !== undefined) headers[name] = text;
    });
    return { seq: Number(seq), record: { topic, key, value, headers, timestampMs: Number(timestampMs) } };
  });
}
