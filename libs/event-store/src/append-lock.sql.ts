import type { ClientBase } from 'pg';

/**
 * Takes the lock under which everything is appended, as begin_batch does (migrations/0011_append_by_copy.sql); it goes with the
 * caller's transaction. Whoever has it sees all that was committed before, and nobody appends until it is gone.
 */
export const takeAppendLock = async (tx: ClientBase): Promise<void> => {
  await tx.query('select pg_advisory_xact_lock(8471, 1)');
};

/**
 * Keeps all appends out while `work` runs, over as many transactions of this connection as it takes. The lock is the
 * connection's: it goes with it, however that ends, and a pooler must not share the connection with others.
 */
export async function underAppendLock<Result>(client: ClientBase, work: () => Promise<Result>): Promise<Result> {
  await client.query('select pg_advisory_lock(8471, 1)');
  try {
    return await work();
  } finally {
    await client.query('select pg_advisory_unlock(8471, 1)').catch(() => undefined); // the connection is gone, and so is the lock
  }
}
