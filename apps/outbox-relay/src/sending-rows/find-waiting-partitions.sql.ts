import type { Pool } from 'pg';

/** Which of these partitions have rows behind their low-water mark: one look for all that are idle. */
export async function findWaitingPartitions(
  pool: Pool,
  idle: readonly { partition: number; mark: number }[],
): Promise<number[]> {
  const { rows } = await pool.query<{ partition: number }>({
    name: 'find-waiting-partitions',
    text: `select idle.partition from unnest($1::integer[], $2::bigint[]) as idle (partition, mark)
           where exists (select from orders.outbox o where o.partition = idle.partition and o.seq > idle.mark)`,
    values: [idle.map(({ partition }) => partition), idle.map(({ mark }) => mark)],
  });
  return rows.map(({ partition }) => partition);
}
