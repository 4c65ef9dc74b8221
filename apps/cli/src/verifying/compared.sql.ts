import type pg from 'pg';

/** Positions of facts whose message still waits in the outbox: they need not be in the topic yet. */
export const waitingPositions = async (pool: pg.Pool, upTo: number): Promise<Set<number>> => {
  const { rows } = await pool.query<{ position: string }>('select position from orders.outbox where position <= $1', [
    upTo,
  ]);
  return new Set(rows.map(({ position }) => Number(position)));
};

/** Who stands at a position; undefined: nobody. */
export const factAt = async (
  pool: pg.Pool,
  position: number,
): Promise<{ order: string; version: number } | undefined> => {
  const { rows } = await pool.query<{ order: string; version: string }>(
    'select stream_id as "order", version from orders.events where position = $1',
    [position],
  );
  return rows[0] && { order: rows[0].order, version: Number(rows[0].version) };
};

/** How far the audit has read each partition of the facts; null: there is no audit in this database. */
export const auditReached = async (pool: pg.Pool, topic: string): Promise<Map<number, number> | null> => {
  const there = await pool.query<{ there: boolean }>(`select to_regclass('audit.partitions') is not null as there`);
  if (!there.rows[0]!.there) return null;
  const { rows } = await pool.query<{ partition: number; reached: string }>(
    `select partition, reached from audit.partitions
      where topic = $1 and generation = (select live_generation from audit.projection)`,
    [topic],
  );
  return new Map(rows.map(({ partition, reached }) => [partition, Number(reached)]));
};

export interface AuditFact {
  position: number | null;
  order: string;
  version: number;
  hash: Buffer;
  hashHolds: boolean | null;
}

/** What the audit holds, by position; facts without one first. */
export async function* auditFacts(pool: pg.Pool, upTo: number, order?: string): AsyncGenerator<AuditFact[]> {
  const client = await pool.connect();
  try {
    await client.query('begin read only');
    await client.query(
      `declare facts no scroll cursor for
         select position, order_id as "order", version, hash, hash_holds as "hashHolds" from audit.facts
          where generation = (select live_generation from audit.projection)
            and (position is null or position <= $1) and ($2::text is null or order_id = $2)
          order by position nulls first`,
      [upTo, order ?? null],
    );
    for (;;) {
      const { rows } = await client.query<AuditFact & { position: string | null }>('fetch 5000 from facts');
      if (rows.length === 0) return;
      yield rows.map((row) => ({ ...row, position: row.position === null ? null : Number(row.position) }));
    }
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}
