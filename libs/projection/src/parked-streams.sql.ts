import type { Queryable, Transaction } from './database.js';

/** Streams of a partition that are parked, each with the offset from which on its messages wait. */
export async function parkedStreams(
  tx: Transaction,
  where: { schema: string; generation: number; topic: string; partition: number },
): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ stream: string; first_offset: string }>({
    name: 'parked-streams',
    text: `
      select stream, first_offset from ${where.schema}.parked_streams
      where generation = $1::integer and topic = $2 and partition = $3::integer`,
    values: [where.generation, where.topic, where.partition],
  });
  return new Map(rows.map((row) => [row.stream, Number(row.first_offset)]));
}

/** How many streams are parked in all partitions. */
export async function countParkedStreams(tx: Queryable, schema: string, generation: number): Promise<number> {
  const { rows } = await tx.query(
    `select count(*) as parked from ${schema}.parked_streams where generation = $1::integer`,
    [generation],
  );
  return Number(rows[0]?.['parked']);
}
