import type { Definition } from './define-projection.js';
import type { Transaction } from './database.js';
import { addToTotals } from './add-to-totals.sql.js';
import { findProducedRows } from './find-produced-rows.sql.js';
import { insertRows } from './insert-rows.sql.js';
import { removeProducedRows } from './remove-produced-rows.sql.js';
import { changesOf, lastOfEach, type Produced } from './row-changes.js';

/** An event that can be written: what it is, and what it makes. */
export interface Prepared<Event> {
  event: Event;
  produced: Produced;
}

/**
 * Makes the tables hold what these events make, whatever they had made before: rows are replaced, and totals move by
 * the difference. The caller holds the partition's row lock.
 * @returns how many rows were written
 */
export async function applyEvents<Event>(
  tx: Transaction,
  definition: Definition<Event>,
  at: { generation: number; partition: number },
  events: readonly Prepared<Event>[],
): Promise<number> {
  if (events.length === 0) return 0;
  const produced = lastOfEach(events.map((event) => event.produced));
  const identities = produced.map((one) => one.identity);
  let written = 0;
  for (const [name, table] of Object.entries(definition.tables)) {
    const where = { schema: definition.schema, name, table, identity: definition.identity.columns, ...at };
    const before = await findProducedRows(tx, where, identities);
    const changes = changesOf(name, table, produced, before);
    if (changes.remove.length > 0) await removeProducedRows(tx, where, changes.remove);
    if (changes.insert.length > 0) await insertRows(tx, where, changes.insert);
    if (changes.totals.length > 0) await addToTotals(tx, where, changes.totals);
    written += changes.insert.length;
  }
  await definition.conclude?.(tx, {
    generation: at.generation,
    schema: definition.schema,
    events: events.map((prepared) => prepared.event),
  });
  return written;
}
