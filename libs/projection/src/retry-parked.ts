import type { Pool } from 'pg';
import { applyEvents } from './apply-events.js';
import { transaction, type Transaction } from './database.js';
import type { Definition, SourceMessage } from './define-projection.js';
import { isRefusedData, sentenceOf } from './failures.js';
import { lockPartitionForRetry } from './lock-partition.sql.js';
import { readMessage, type ReadMessage } from './read-batch.js';
import { rememberUnknownTypes } from './remember-unknown-types.sql.js';
import { readParkedMessages } from './read-parked-messages.sql.js';

export type RetryOutcome =
  | { outcome: 'not-parked' }
  /** All that waited was written, in order. */
  | { outcome: 'released'; messages: number }
  /** The messages before `offset` were written; this one is still poison, and what stands behind it waits on. */
  | { outcome: 'still-poison'; messages: number; offset: number; error: string };

/**
 * Lets a parked stream through: its messages are read again in the order in which they came, under the row lock that
 * batches take, so that none can overtake another. Whoever asks: an epoch is not needed, the lock is.
 * @throws where the registry or the database is away; nothing was changed
 */
export async function retryParked<Event>(
  pool: Pool,
  definition: Definition<Event>,
  generation: number,
  stream: string,
): Promise<RetryOutcome> {
  const { rows } = await pool.query<{ topic: string; partition: string }>(
    `select topic, partition from ${definition.schema}.parked_streams
     where generation = $1::integer and stream = $2 order by topic`,
    [generation, stream],
  );
  if (rows.length === 0) return { outcome: 'not-parked' };
  let messages = 0;
  for (const row of rows) {
    const where = { schema: definition.schema, generation, topic: row.topic, partition: Number(row.partition), stream };
    // Schemas are looked up before the lock is taken: the registry may be slow, and the partition shall not wait for it.
    await readAll(definition, await readParkedMessages(pool, where));
    const done = await transaction(pool, (tx) => retryOne(tx, definition, where));
    messages += done.messages;
    if (done.outcome === 'still-poison') return { ...done, messages };
  }
  return { outcome: 'released', messages };
}

type Where = { schema: string; generation: number; topic: string; partition: number; stream: string };

async function retryOne<Event>(
  tx: Transaction,
  definition: Definition<Event>,
  where: Where,
): Promise<Exclude<RetryOutcome, { outcome: 'not-parked' }>> {
  await lockPartitionForRetry(tx, where);
  let messages = 0;
  for (const read of await readAll(definition, await readParkedMessages(tx, where))) {
    const error = await applyOne(tx, definition, where, read);
    if (error !== undefined) {
      await forget(tx, where, read.message.offset);
      await tx.query(
        `update ${where.schema}.parked_streams set first_offset = $4::bigint, error = $5
         where generation = $1::integer and topic = $2 and stream = $3`,
        [where.generation, where.topic, where.stream, read.message.offset, error],
      );
      return { outcome: 'still-poison', messages, offset: read.message.offset, error };
    }
    messages += 1;
  }
  await forget(tx, where, Number.MAX_SAFE_INTEGER);
  await tx.query(
    `delete from ${where.schema}.parked_streams where generation = $1::integer and topic = $2 and stream = $3`,
    [where.generation, where.topic, where.stream],
  );
  return { outcome: 'released', messages };
}

async function readAll<Event>(
  definition: Definition<Event>,
  messages: readonly SourceMessage[],
): Promise<ReadMessage<Event>[]> {
  const read: ReadMessage<Event>[] = [];
  for (const message of messages) {
    const source = definition.sources.find((candidate) => candidate.topic === message.topic);
    if (!source) throw new Error(`${definition.name} does not read ${message.topic} any more`);
    read.push(await readMessage(definition, source, message, message));
  }
  return read;
}

/** @returns why it is still poison */
async function applyOne<Event>(
  tx: Transaction,
  definition: Definition<Event>,
  where: Where,
  read: ReadMessage<Event>,
): Promise<string | undefined> {
  if (read.kind === 'poison') return read.error;
  if (read.unknownType !== undefined) {
    const nothingRead = { from: read.message.offset, next: read.message.offset, replaying: false };
    await rememberUnknownTypes(tx, where, nothingRead, new Map([[read.unknownType, read.message.offset]]));
  }
  if (read.kind !== 'event') return undefined;
  await tx.query('savepoint event');
  try {
    await applyEvents(tx, definition, where, [read.prepared]);
    await tx.query('release savepoint event');
    return undefined;
  } catch (error) {
    if (!isRefusedData(error)) throw error;
    await tx.query('rollback to savepoint event');
    return sentenceOf(error);
  }
}

const forget = (tx: Transaction, where: Where, before: number) =>
  tx.query(
    `delete from ${where.schema}.parked_messages
     where generation = $1::integer and topic = $2 and stream = $3 and message_offset < $4::bigint`,
    [where.generation, where.topic, where.stream, before],
  );
