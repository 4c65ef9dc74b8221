import type { StoredShape } from '@orderlog/event-store';
import type { Pool } from 'pg';

/** The shapes that are known, and the position up to which they are. */
export async function readKnownShapes(pool: Pool): Promise<{ shapes: StoredShape[]; upTo: number }> {
  const { rows } = await pool.query<{ up_to: string; type: string | null; schema_version: number; first: string }>(
    `select seen.up_to, shape.type, shape.schema_version, shape.first_position as first
       from orders.fact_shapes_seen seen left join orders.fact_shapes shape on true`,
  );
  return {
    shapes: rows.flatMap(({ type, schema_version, first }) =>
      type === null ? [] : [{ type, schemaVersion: schema_version, firstPosition: Number(first) }],
    ),
    upTo: Number(rows[0]?.up_to ?? 0),
  };
}

/**
 * Keeps what was found up to a position. Others may be looking at the same time, further on or not as far: the first
 * position is the smallest that anybody found, and the mark never goes back.
 */
export async function keepKnownShapes(pool: Pool, shapes: readonly StoredShape[], upTo: number): Promise<void> {
  await pool.query(
    `with kept as (
       insert into orders.fact_shapes as known (type, schema_version, first_position)
       select * from unnest($1::text[], $2::integer[], $3::bigint[])
       on conflict on constraint fact_shapes_once do update set first_position = excluded.first_position
         where excluded.first_position < known.first_position
     )
     update orders.fact_shapes_seen set up_to = $4 where up_to < $4`,
    [
      shapes.map(({ type }) => type),
      shapes.map(({ schemaVersion }) => schemaVersion),
      shapes.map(({ firstPosition }) => firstPosition),
      upTo,
    ],
  );
}

/** Forgets what is known: the next look is at every fact. */
export async function forgetKnownShapes(pool: Pool): Promise<void> {
  await pool.query('with forgotten as (delete from orders.fact_shapes) update orders.fact_shapes_seen set up_to = 0');
}
