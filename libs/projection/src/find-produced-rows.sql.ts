import type { Table } from './define-projection.js';
import type { Transaction } from './database.js';
import { keyOf, type Fields } from './row-changes.js';
import { arrayText, selectText } from './value-text.js';

/**
 * The rows that these events had produced in one table, by `keyOf(identity)`. Of events seen for the first time: none.
 * `offset 0` keeps the planner from turning the loop round: for a table that was empty when it last looked, it would
 * walk the whole of it and compare each row with all the keys (nine tenths of the time of a first run).
 */
export async function findProducedRows(
  tx: Transaction,
  where: { schema: string; name: string; table: Table; identity: readonly string[]; generation: number },
  identities: readonly Fields[],
): Promise<Map<string, Fields[]>> {
  const { schema, name, table, identity, generation } = where;
  const columns = Object.entries(table.columns);
  const { rows } = await tx.query<(string | null)[]>({
    name: `find-${name}`,
    rowMode: 'array',
    text: `
      select ${columns.map(([column, type]) => selectText(type, `made.${column}`)).join(', ')}
      from unnest(${identity.map((column, index) => `$${index + 2}::${table.columns[column]}[]`).join(', ')})
             as wanted (${identity.join(', ')})
      cross join lateral (
        select * from ${schema}.${name} one
        where one.generation = $1::integer
          and ${identity.map((column) => `one.${column} = wanted.${column}`).join(' and ')}
        offset 0
      ) made`,
    values: [generation, ...identity.map((_, index) => arrayText(identities.map((fields) => fields[index] ?? null)))],
  });
  const found = new Map<string, Fields[]>();
  if (rows.length === 0) return found;
  const at = identity.map((column) => columns.findIndex(([name]) => name === column));
  for (const fields of rows) {
    const key = keyOf(at.map((index) => fields[index] ?? null));
    const known = found.get(key);
    if (known) known.push(fields);
    else found.set(key, [fields]);
  }
  return found;
}
