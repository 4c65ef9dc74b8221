import type { Pool } from 'pg';

export interface PartitionBacklog {
  partition: number;
  rows: number;
  /** Of the oldest row that waits; 0 where none does. */
  oldestAgeMs: number;
}

/** What waits for these partitions behind their low-water marks. */
export async function measureBacklog(
  pool: Pool,
  partitions: readonly { partition: number; mark: number }[],
): Promise<PartitionBacklog[]> {
  const { rows } = await pool.query<{ partition: number; rows: string; age: number | null }>({
    name: 'measure-backlog',
    text: `select own.partition,
             (select count(*) from orders.outbox o where o.partition = own.partition and o.seq > own.mark) as rows,
             (select extract(epoch from clock_timestamp() - o.timestamp)::float8 * 1000 from orders.outbox o
              where o.partition = own.partition and o.seq > own.mark order by o.seq limit 1) as age
           from unnest($1::integer[], $2::bigint[]) as own (partition, mark)`,
    values: [partitions.map(({ partition }) => partition), partitions.map(({ mark }) => mark)],
  });
  return rows.map(({ partition, rows: count, age }) => ({
    partition,
    rows: Number(count),
    oldestAgeMs: Math.max(0, Math.round(age ?? 0)),
  }));
}
