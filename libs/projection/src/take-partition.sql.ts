import type { Queryable } from './database.js';

export interface TakenPartition {
  epoch: string;
  /** What had been read before, without a break from where the projection began. */
  reached: number;
}

/**
 * Draws the next epoch of a partition: from here on nobody who held it before can write. Waits for a transaction of the
 * one before, if there is one.
 *
 * `begin` is where the group stands in Kafka, and that is the authority. Behind what was read before, events are read
 * again and replaced, up to `reached`. Ahead of it, someone has moved the group forward (or this database was put back):
 * what lies between is a hole, kept until it is read. A log that begins later than 0 has no hole before its beginning.
 * A log that is shorter than what was read is another log: it is read as far as it goes.
 */
export async function takePartition(
  tx: Queryable,
  where: { schema: string; generation: number; topic: string; partition: number },
  group: { begin: number; earliest: number; end: number },
): Promise<TakenPartition> {
  const { rows } = await tx.query(
    `insert into ${where.schema}.partitions as known
       (generation, topic, partition, epoch, next_offset, reached, holes, replay_from)
     values ($1::integer, $2, $3::integer, 1, $4::bigint, $4::bigint,
             case when $4::bigint > $5::bigint then int8multirange(int8range($5::bigint, $4::bigint))
                  else int8multirange() end,
             null)
     on conflict (generation, topic, partition) do update
     set epoch = known.epoch + 1,
         next_offset = $4::bigint,
         reached = greatest($4::bigint,
           case when known.reached > $6::bigint and $4::bigint <= $6::bigint then $6::bigint else known.reached end),
         holes = known.holes + case when $4::bigint > known.reached
           then int8multirange(int8range(known.reached, $4::bigint)) else int8multirange() end,
         replay_from = case when $4::bigint < least(known.reached, $6::bigint)
           then least(known.replay_from, $4::bigint) end,
         taken_at = clock_timestamp()
     returning epoch, reached`,
    [where.generation, where.topic, where.partition, group.begin, group.earliest, group.end],
  );
  const [row] = rows;
  return { epoch: row?.['epoch'] as string, reached: Number(row?.['reached']) };
}
