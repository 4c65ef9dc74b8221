import { parseInstant } from '@orderlog/instant';
import type { Queryable } from './database.js';
import type { SourceMessage } from './define-projection.js';
import { headersOfBase64 } from './park-messages.sql.js';
import { selectText } from './value-text.js';

/** Messages of one parked stream, in the order in which they came. */
export async function readParkedMessages(
  tx: Queryable,
  where: { schema: string; generation: number; topic: string; stream: string },
): Promise<SourceMessage[]> {
  const { rows } = await tx.query(
    `select ${messageColumns} from ${where.schema}.parked_messages
     where generation = $1::integer and topic = $2 and stream = $3
     order by message_offset`,
    [where.generation, where.topic, where.stream],
  );
  return rows.map(messageOf);
}

export const messageColumns = [
  'topic',
  'partition',
  'message_offset',
  "encode(key, 'hex') as key",
  "encode(value, 'hex') as value",
  'headers',
  `${selectText('timestamptz', 'sent_at')} as sent_at`,
].join(', ');

export function messageOf(row: Record<string, string | null>): SourceMessage {
  return {
    topic: row['topic'] as string,
    partition: Number(row['partition']),
    offset: Number(row['message_offset']),
    key: bytesOf(row['key']),
    value: bytesOf(row['value']),
    headers: headersOfBase64(row['headers'] as string),
    timestamp: parseInstant(row['sent_at'] as string) ?? 0,
  };
}

const bytesOf = (hex: string | null | undefined): Buffer | null => (hex == null ? null : Buffer.from(hex, 'hex'));
