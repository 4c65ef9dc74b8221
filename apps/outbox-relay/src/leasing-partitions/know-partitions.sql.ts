import type { Pool } from 'pg';

/**
 * Sees to it that every partition that a row waits for can be leased, whatever the topics' counts, and answers how many
 * there are. A row whose partition nobody could lease would wait for ever, and nobody would hear of it.
 */
export async function knowPartitions(pool: Pool, atLeast: number): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `with made as (
       insert into relay.leases (partition)
       select generate_series(0, greatest($1 - 1, (select max(partition) from orders.outbox)))
       on conflict do nothing returning partition
     )
     select (select count(*) from relay.leases)::integer + (select count(*) from made)::integer as count`,
    [atLeast],
  );
  return rows[0]?.count ?? 0;
}
