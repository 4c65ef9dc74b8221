import { DatabaseError, type ClientBase } from 'pg';
import type { Batch, StoreHead } from './batch.js';
import { sendBatch, type Argument } from './batch-query.js';
import { BatchRows } from './batch-rows.js';
import { bigintArray, byteaArray, textArray } from './binary-array.js';
import { knownCommandsFrom, streamHeadsFrom, type KnownCommandRow, type StreamHeadRow } from './standing-rows.js';
import type { OutboxMessage } from './store.js';

/** How things stand instead of where a batch stood that was not kept. */
export interface Overtaken {
  head: StoreHead;
  staleStreams: ReturnType<typeof streamHeadsFrom>;
  knownCommands: ReturnType<typeof knownCommandsFrom>;
}

/**
 * Appends a batch: facts, messages and commands, all or nothing, in one round trip that takes the store's lock, looks whether
 * the batch still stands where it was made to, and writes. A stream that it begins is not looked at: was it there already,
 * the call fails (isVersionTaken). migrations/0011_append_by_copy.sql says how.
 * @returns undefined: it was kept
 */
export async function appendBatch(client: ClientBase, batch: Batch): Promise<Overtaken | undefined> {
  const standing = [...batch.streamsBefore].filter(
    ([stream, { version }]) => version > 0 || !batch.streamsAfter.has(stream), // of a new one the index of versions will say
  );
  const commands = [...batch.commands, ...batch.otherCommands];
  const beginning: Argument[] = [
    batch.isEmpty ? null : String(batch.before.position),
    batch.isEmpty ? null : String(batch.recordedFrom),
    textArray(standing.map(([stream]) => stream)),
    bigintArray(standing.map(([, { version }]) => version)),
    byteaArray(standing.map(([, { version, hash }]) => (version === 0 ? null : hash))),
    textArray(commands.map(({ scope }) => scope)),
    textArray(commands.map(({ key }) => key)),
  ];
  try {
    await sendBatch(client, beginning, batch.rows);
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === 'OB409') return overtakenFrom(error.detail!);
    throw error;
  }
}

/** Puts messages without facts into the outbox, under the store's lock, so that seqs stay in the order of commit. */
export async function appendMessages(client: ClientBase, messages: OutboxMessage[]): Promise<void> {
  const rows = BatchRows.take();
  for (const message of messages) rows.putMessage(message);
  const none = textArray([]);
  await sendBatch(client, [null, null, none, bigintArray([]), byteaArray([]), none, none], rows);
}

function overtakenFrom(detail: string): Overtaken {
  const { head, recordedAt, streams, commands } = JSON.parse(detail) as {
    head: number;
    recordedAt: number | null;
    streams: StreamHeadRow[] | null;
    commands: KnownCommandRow[] | null;
  };
  return {
    head: { position: head, recordedAt },
    staleStreams: streamHeadsFrom(streams),
    knownCommands: knownCommandsFrom(commands),
  };
}
