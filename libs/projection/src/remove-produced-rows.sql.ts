import type { Table } from './define-projection.js';
import type { Transaction } from './database.js';
import type { Fields } from './row-changes.js';
import { arrayText } from './value-text.js';

/** Takes away what these events had produced in one table. */
export async function removeProducedRows(
  tx: Transaction,
  where: { schema: string; name: string; table: Table; identity: readonly string[]; generation: number },
  identities: readonly Fields[],
): Promise<void> {
  const { schema, name, table, identity, generation } = where;
  await tx.query({
    name: `remove-${name}`,
    text: `
      delete from ${schema}.${name} made
      using unnest(${identity.map((column, index) => `$${index + 2}::${table.columns[column]}[]`).join(', ')})
              as gone (${identity.join(', ')})
      where made.generation = $1::integer
        and ${identity.map((column) => `made.${column} = gone.${column}`).join(' and ')}`,
    values: [generation, ...identity.map((_, index) => arrayText(identities.map((fields) => fields[index] ?? null)))],
  });
}
