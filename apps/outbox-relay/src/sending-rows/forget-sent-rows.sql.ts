import type { Pool } from 'pg';

/**
 * Forgets the rows that Kafka acknowledged, while the lease under which they were sent is still ours. They are all rows of
 * the partition up to the first that was not acknowledged: a row that is sent again behind its successors would stand there
 * for ever once compaction has run. Named by their seqs and not by a range: a smaller seq may have become visible meanwhile.
 * @returns how many it forgot; fewer where another relay has been here
 */
export async function forgetSentRows(
  pool: Pool,
  lease: { partition: number; token: number },
  seqs: readonly number[],
): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'forget-sent-rows',
    text: `delete from orders.outbox
           where partition = $1 and seq = any ($2::bigint[])
             and exists (select from relay.leases l where l.partition = $1 and l.token = $3)`,
    values: [lease.partition, seqs, lease.token],
  });
  return rowCount ?? 0;
}
