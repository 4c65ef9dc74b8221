import type { ClientBase } from 'pg';
import type { Batch } from './batch.js';

/**
 * Asks what became of a batch whose answer was lost. Waits for the batch itself, should it still be under way.
 * @returns true: it was committed. False: it was not, and from now on cannot be.
 */
export async function settleBatch(client: ClientBase, batch: Batch): Promise<boolean> {
  const { rows } = await client.query<{ kept: boolean }>('select orders.settle_batch($1, $2, $3, $4, $5, $6) as kept', [
    batch.firstEvent?.position ?? null,
    batch.firstEvent?.eventId ?? null,
    batch.id,
    batch.commands[0]?.scope ?? null,
    batch.commands[0]?.key ?? null,
    batch.recordedFrom,
  ]);
  return rows[0]!.kept;
}
