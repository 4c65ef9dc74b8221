import type { Pool } from 'pg';
import { headerText } from '@orderlog/kafka';
import { transaction } from './database.js';
import { messageOf, messageColumns } from './read-parked-messages.sql.js';

/** A copy of a parked message, for people and their tools. */
export interface DeadLetter {
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
}

/** Sends to a topic that must exist already. @throws where it does not, or Kafka is away */
export type SendDeadLetters = (topic: string, letters: readonly DeadLetter[]) => Promise<void>;

export const AT_ONCE = 100;

/**
 * Sends copies of parked messages that were not sent yet, and remembers that they were. The copy is for people; what
 * is let through later is what the database keeps. A copy may be sent twice where the process dies in between.
 * @returns how many were sent; less than 100 means that there are no more
 */
export async function sendDeadLetters(
  pool: Pool,
  from: { schema: string; group: string; topic: string },
  send: SendDeadLetters,
): Promise<number> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<Record<string, string | null>>(
      `select generation, waiting.stream, ${messageColumns}, coalesce(error, (
         select 'stands behind offset ' || parked.first_offset || ' of its order: ' || parked.error
         from ${from.schema}.parked_streams parked
         where parked.generation = waiting.generation and parked.topic = waiting.topic and parked.stream = waiting.stream
       ), '') as error
       from ${from.schema}.parked_messages waiting
       where not copied
       order by generation, topic, partition, message_offset
       limit ${AT_ONCE}
       for update of waiting skip locked`,
    );
    if (rows.length === 0) return 0;
    await send(
      from.topic,
      rows.map((row) => {
        const message = messageOf(row);
        const headers = Object.keys(message.headers).map((name): [string, string] => [
          name,
          headerText(message, name) ?? '',
        ]);
        return {
          key: message.key,
          value: message.value,
          headers: {
            ...Object.fromEntries(headers),
            'dlq-error': row['error'] as string,
            'dlq-group': from.group,
            'dlq-topic': message.topic,
            'dlq-partition': String(message.partition),
            'dlq-offset': String(message.offset),
            'dlq-order-id': row['stream'] as string,
          },
        };
      }),
    );
    await tx.query(
      `update ${from.schema}.parked_messages waiting set copied = true
       from unnest($1::integer[], $2::text[], $3::integer[], $4::bigint[]) as sent (generation, topic, partition, message_offset)
       where waiting.generation = sent.generation and waiting.topic = sent.topic
         and waiting.partition = sent.partition and waiting.message_offset = sent.message_offset`,
      ['generation', 'topic', 'partition', 'message_offset'].map((column) => rows.map((row) => row[column])),
    );
    return rows.length;
  });
}
