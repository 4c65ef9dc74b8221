import type { Transaction } from './database.js';

/**
 * Locks a partition's row for a batch, if this member's epoch is still the partition's.
 * @returns whether it is re-reading what was read before; undefined where the partition belongs to someone else now
 */
export async function lockPartition(
  tx: Transaction,
  where: { schema: string; generation: number; topic: string; partition: number },
  epoch: string,
): Promise<{ replaying: boolean } | undefined> {
  const { rows } = await tx.query<{ replaying: string }>({
    name: 'lock-partition',
    text: `
      select replay_from is not null as replaying
      from ${where.schema}.partitions
      where generation = $1::integer and topic = $2 and partition = $3::integer and epoch = $4::bigint
      for update`,
    values: [where.generation, where.topic, where.partition, epoch],
  });
  return rows[0] && { replaying: rows[0].replaying === 't' };
}

/** The same lock without an epoch: a parked order is let through by whoever a person asks. */
export async function lockPartitionForRetry(
  tx: Transaction,
  where: { schema: string; generation: number; topic: string; partition: number },
): Promise<void> {
  await tx.query(
    `select from ${where.schema}.partitions
     where generation = $1::integer and topic = $2 and partition = $3::integer
     for update`,
    [where.generation, where.topic, where.partition],
  );
}
