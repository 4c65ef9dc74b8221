import type { Transaction } from './database.js';

/**
 * The partition has been read from `from` up to, but without, `next`: the position moves there, and what of it lay in a
 * hole is a hole no more.
 */
export async function moveOffset(
  tx: Transaction,
  where: { schema: string; generation: number; topic: string; partition: number },
  read: { from: number; next: number },
): Promise<void> {
  await tx.query({
    name: 'move-offset',
    text: `
      update ${where.schema}.partitions
      set next_offset = $5::bigint,
          holes = (holes + case when $4::bigint > reached
                     then int8multirange(int8range(reached, $4::bigint)) else int8multirange() end)
                  - int8multirange(int8range($4::bigint, $5::bigint)),
          reached = greatest(reached, $5::bigint),
          replay_from = case when $5::bigint < reached then replay_from end,
          moved_at = now()
      where generation = $1::integer and topic = $2 and partition = $3::integer`,
    values: [where.generation, where.topic, where.partition, read.from, read.next],
  });
}
