import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '@orderlog/instant';
import type { ClientBase, Pool, PoolClient } from 'pg';
import { appendMessages } from './append-batch.sql.js';
import { takeAppendLock } from './append-lock.sql.js';
import { checkMessages } from './checks.js';
import { damagedHeadOr } from './damaged-head.sql.js';
import { isLostConnection, isPassing, missingChildOf } from './postgres-error.js';
import { readStream } from './read-events.sql.js';
import { StoreUnavailable } from './store-unavailable.js';
import type { OutboxMessage, StoredEvent } from './store.js';

const tries = 3;

/** Messages; or how they are made, under the store's lock, of all the facts that a stream has at that moment. */
export type Enqueued = OutboxMessage[] | { stream: string; make: (events: StoredEvent[]) => OutboxMessage[] };

/**
 * Messages without facts, and rows of the caller, in one transaction. The caller's rows come first: the store's lock, which the
 * messages need, is held for one statement and the commit; and for as long as it takes to make them, where they are made.
 */
export async function enqueue(
  pool: Pool,
  messages: Enqueued,
  rows: ((tx: ClientBase) => Promise<void>) | undefined,
  makeChildren: () => Promise<void>,
): Promise<void> {
  if (Array.isArray(messages)) checkMessages(messages);
  for (let trial = 1; ; trial++) {
    try {
      return await inOneTransaction(pool, messages, rows);
    } catch (error) {
      if (trial < tries && missingChildOf(error)) await makeChildren();
      else if (error instanceof StoreUnavailable) throw error;
      else if (error instanceof CallersError) throw error.cause;
      else if (isPassing(error)) throw new StoreUnavailable('not-written', 'the messages were not kept', error);
      else throw await damagedHeadOr(pool, now(), error);
    }
  }
}

/** What the caller's rows or messages threw, to be told apart from ours and thrown on as it is. */
class CallersError extends Error {
  constructor(override readonly cause: unknown) {
    super('the caller’s own');
  }
}

async function inOneTransaction(
  pool: Pool,
  messages: Enqueued,
  rows: ((tx: ClientBase) => Promise<void>) | undefined,
): Promise<void> {
  const client = await pool.connect();
  let transactionId: string;
  try {
    await client.query('begin');
    await rows?.(client).catch((cause: unknown) => {
      throw new CallersError(cause);
    });
    transactionId = await currentTransaction(client);
    const made = Array.isArray(messages) ? messages : await madeUnderLock(client, messages);
    if (made.length > 0) await appendMessages(client, made); // last: from here on the store is locked
  } catch (error) {
    const lost = await client.query('rollback').then(
      () => undefined,
      (failure: Error) => failure,
    );
    client.release(lost);
    throw lost ? new StoreUnavailable('not-written', 'the messages were not kept', error) : error;
  }
  try {
    await client.query('commit');
    client.release();
  } catch (error) {
    client.release(true);
    if (!isLostConnection(error)) throw error;
    if (!(await wasCommitted(pool, transactionId, error))) throw error;
  }
}

async function madeUnderLock(
  client: PoolClient,
  { stream, make }: Exclude<Enqueued, OutboxMessage[]>,
): Promise<OutboxMessage[]> {
  await takeAppendLock(client);
  const events = await readStream(client, stream, {});
  try {
    const messages = make(events);
    checkMessages(messages);
    return messages;
  } catch (cause) {
    throw new CallersError(cause);
  }
}

/**
 * The transaction's id, on disk. Postgres gives an id that a crash has swept away to the next one who asks: were our answer
 * lost in that crash, we would be told of another's transaction.
 */
async function currentTransaction(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `select id::text from pg_current_xact_id() as id, pg_logical_emit_message(false, 'orderlog', id::text, true)`,
  );
  return rows[0]!.id;
}

/** The answer to the commit was lost: Postgres knows what became of the transaction. */
async function wasCommitted(pool: Pool, transactionId: string, cause: unknown): Promise<boolean> {
  for (let tries = 0; tries < 20; tries++) {
    await sleep(Math.min(10 * 2 ** tries, 500));
    try {
      const { rows } = await pool.query<{ status: string | null }>('select pg_xact_status($1::text::xid8) as status', [
        transactionId,
      ]);
      if (rows[0]!.status !== 'in progress') return rows[0]!.status === 'committed';
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }
  throw new StoreUnavailable('unknown', 'the answer to the commit was lost', cause);
}
