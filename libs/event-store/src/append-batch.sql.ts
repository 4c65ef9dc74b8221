import type { ClientBase } from 'pg';
import type { Batch, StoreHead } from './batch.js';
import { BatchRows } from './batch-rows.js';
import { BigintArray, BytesArray, TextArray } from './binary-array.js';
import {
  headFrom,
  knownCommandsFrom,
  streamHeadsFrom,
  type HeadRow,
  type KnownCommandRow,
  type StreamHeadRow,
} from './standing-rows.js';
import type { OutboxMessage } from './store.js';

const parameterCount = 39;
const statement = {
  name: 'append-batch',
  text: `select * from orders.append_batch(${Array.from({ length: parameterCount }, (_, index) => `$${index + 1}`).join(', ')})`,
};

/** Whether a batch was kept; if it was not, how things stand instead of where it stood. */
export interface AppendBatchAnswer {
  kept: boolean;
  head: StoreHead;
  staleStreams: ReturnType<typeof streamHeadsFrom>;
  knownCommands: ReturnType<typeof knownCommandsFrom>;
}

/**
 * Appends a batch: facts, messages and commands, all or nothing, in one call that takes the store's lock, looks whether the
 * batch still stands where it was made to, and writes. A stream that it begins is not looked at: was it there already, the
 * call fails (isVersionTaken). migrations/0006_append.sql and 0010_quicker_append.sql say how.
 */
export async function appendBatch(client: ClientBase, batch: Batch): Promise<AppendBatchAnswer> {
  const [streams, versions, hashes] = [new TextArray(), new BigintArray(), new BytesArray()];
  for (const [stream, { version, hash }] of batch.streamsBefore) {
    if (version === 0 && batch.streamsAfter.has(stream)) continue; // whether it is new, the index of versions will say
    streams.put(stream);
    versions.put(version);
    hashes.put(version === 0 ? null : hash);
  }
  const [scopes, keys] = [new TextArray(), new TextArray()];
  for (const { scope, key } of batch.otherCommands) {
    scopes.put(scope);
    keys.put(key);
  }
  const answer = call(client, [
    batch.id,
    batch.isEmpty ? null : batch.before.position,
    ...[streams, versions, hashes].map((column) => column.finish()),
    ...batch.rows.parameters(),
    ...[scopes, keys].map((column) => column.finish()),
  ]);
  batch.rows.giveBack(); // pg has copied them: on a pipelined connection a statement is written at once, or never
  return answer;
}

/** Puts messages without facts into the outbox, under the store's lock, so that seqs stay in the order of commit. */
export async function appendMessages(client: ClientBase, batchId: string, messages: OutboxMessage[]): Promise<void> {
  const rows = BatchRows.take();
  for (const message of messages) rows.putMessage(message);
  const none = [new TextArray(), new BigintArray(), new BytesArray()].map((column) => column.finish());
  const noText = none[0]!;
  await call(client, [batchId, null, ...none, ...rows.parameters(), noText, noText]);
  rows.giveBack();
}

async function call(client: ClientBase, values: (Buffer | string | number | null)[]): Promise<AppendBatchAnswer> {
  const { rows: answers } = await client.query<
    HeadRow & { kept: boolean; stale_streams: StreamHeadRow[] | null; known_commands: KnownCommandRow[] | null }
  >({ ...statement, values });
  const answer = answers[0]!;
  return {
    kept: answer.kept,
    head: headFrom(answer),
    staleStreams: streamHeadsFrom(answer.stale_streams),
    knownCommands: knownCommandsFrom(answer.known_commands),
  };
}
