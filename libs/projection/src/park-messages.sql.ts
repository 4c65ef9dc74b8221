import { formatInstant } from '@orderlog/instant';
import type { ReceivedHeaders, ReceivedMessage } from '@orderlog/kafka';
import type { Transaction } from './database.js';

/** A message that waits because its stream is parked. `error`: it is the poison itself; null: it stands behind it. */
export interface ParkedMessage {
  stream: string;
  message: ReceivedMessage;
  error: string | null;
}

/** Keeps messages that must wait. One that waits already is no error: the batch was delivered again. */
export async function parkMessages(
  tx: Transaction,
  where: { schema: string; generation: number; topic: string; partition: number },
  parked: readonly ParkedMessage[],
): Promise<void> {
  const at = [where.generation, where.topic, where.partition];
  const first = parked.filter((one) => one.error !== null);
  await tx.query(
    `insert into ${where.schema}.parked_streams as known (generation, topic, partition, stream, first_offset, error)
     select $1::integer, $2, $3::integer, * from unnest($4::text[], $5::bigint[], $6::text[])
     on conflict (generation, topic, stream) do update
     set first_offset = excluded.first_offset, error = excluded.error
     where excluded.first_offset < known.first_offset`,
    [...at, first.map((one) => one.stream), first.map((one) => one.message.offset), first.map((one) => one.error)],
  );
  await tx.query(
    `insert into ${where.schema}.parked_messages
       (generation, topic, partition, message_offset, stream, key, value, headers, sent_at, error)
     select $1::integer, $2, $3::integer, *
     from unnest($4::bigint[], $5::text[], $6::bytea[], $7::bytea[], $8::json[], $9::timestamptz[], $10::text[])
     on conflict (generation, topic, partition, message_offset) do nothing`,
    [
      ...at,
      parked.map((one) => one.message.offset),
      parked.map((one) => one.stream),
      parked.map((one) => bytes(one.message.key)),
      parked.map((one) => bytes(one.message.value)),
      parked.map((one) => JSON.stringify(headersAsBase64(one.message.headers))),
      parked.map((one) => formatInstant(one.message.timestamp)),
      parked.map((one) => one.error),
    ],
  );
}

const bytes = (value: Buffer | null): string | null => (value === null ? null : `\\x${value.toString('hex')}`);

/** Headers are bytes: base64 keeps what a JSON text cannot. */
function headersAsBase64(headers: ReceivedHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined)
      .map((one): [string, string] => [name, Buffer.from(one as Buffer).toString('base64')]),
  );
}

export function headersOfBase64(text: string): Record<string, Buffer[]> {
  const headers: Record<string, Buffer[]> = {};
  for (const [name, value] of JSON.parse(text) as [string, string][]) {
    (headers[name] ??= []).push(Buffer.from(value, 'base64'));
  }
  return headers;
}
