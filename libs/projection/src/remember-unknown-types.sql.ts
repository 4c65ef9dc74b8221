import type { Transaction } from './database.js';

/**
 * Remembers types that this reader does not know, each with the first offset where it was met: after an upgrade one
 * reads again from there. What a stretch held before is forgotten when it is read again, and known by now.
 */
export async function rememberUnknownTypes(
  tx: Transaction,
  where: { schema: string; generation: number; topic: string; partition: number },
  read: { from: number; next: number; replaying: boolean },
  firstOffsets: ReadonlyMap<string, number>,
): Promise<void> {
  const at = [where.generation, where.topic, where.partition];
  if (read.replaying) {
    await tx.query(
      `delete from ${where.schema}.unknown_types
       where generation = $1::integer and topic = $2 and partition = $3::integer
         and first_offset >= $4::bigint and first_offset < $5::bigint`,
      [...at, read.from, read.next],
    );
  }
  if (firstOffsets.size === 0) return;
  await tx.query(
    `insert into ${where.schema}.unknown_types as known (generation, topic, partition, type, first_offset)
     select $1::integer, $2, $3::integer, * from unnest($4::text[], $5::bigint[])
     on conflict (generation, topic, partition, type) do update
     set first_offset = least(known.first_offset, excluded.first_offset)`,
    [...at, [...firstOffsets.keys()], [...firstOffsets.values()]],
  );
}
