import type { Table } from './define-projection.js';
import type { Transaction } from './database.js';
import type { TotalChange } from './row-changes.js';
import { arrayText } from './value-text.js';

/**
 * Moves the totals of one partition by differences. `entries` counts the rows behind a total, so that a total whose
 * rows are all gone can be told from one that comes to zero.
 */
export async function addToTotals(
  tx: Transaction,
  where: { schema: string; table: Table; generation: number; partition: number },
  changes: readonly TotalChange[],
): Promise<void> {
  const { schema, table, generation, partition } = where;
  if (!table.totals) return;
  const { table: name, by, sums } = table.totals;
  const counted = ['entries', ...sums];
  const columns = [...by, ...counted];
  const types = [...by.map((column) => table.columns[column]), ...counted.map(() => 'bigint')];
  await tx.query({
    name: `add-${name}`,
    text: `
      insert into ${schema}.${name} as total (generation, partition, ${columns.join(', ')})
      select $1::integer, $2::integer, ${columns.join(', ')}
      from unnest(${types.map((type, index) => `$${index + 3}::${type}[]`).join(', ')}) as change (${columns.join(', ')})
      on conflict (generation, ${by.join(', ')}, partition) do update
      set ${counted.map((column) => `${column} = total.${column} + excluded.${column}`).join(', ')}`,
    values: [
      generation,
      partition,
      ...by.map((_, index) => arrayText(changes.map((change) => change.by[index] ?? null))),
      arrayText(changes.map((change) => change.entries)),
      ...sums.map((_, index) => arrayText(changes.map((change) => change.sums[index] ?? null))),
    ],
  });
}
