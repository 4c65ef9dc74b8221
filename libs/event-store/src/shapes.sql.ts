import type { Pool } from 'pg';

/** A type of facts in one version of its shape, and the first fact that has it. */
export interface StoredShape {
  type: string;
  schemaVersion: number;
  firstPosition: number;
}

/**
 * The shapes of the facts behind a position, of so many of them, and the position of the last that was looked at. The next
 * call goes on from there; where it is the position that was given, there are no more.
 */
export async function shapesBehind(
  pool: Pool,
  afterPosition: number,
  limit: number,
): Promise<{ shapes: StoredShape[]; upTo: number }> {
  const { rows } = await pool.query<{ type: string; schema_version: number; first: string; last: string }>(
    `select type, schema_version, min(position) as first, max(position) as last from orders.events
      where position > $1 and position <= $2 group by type, schema_version`,
    [afterPosition, afterPosition + limit],
  );
  return {
    shapes: rows.map((row) => ({
      type: row.type,
      schemaVersion: row.schema_version,
      firstPosition: Number(row.first),
    })),
    upTo: rows.reduce((upTo, row) => Math.max(upTo, Number(row.last)), afterPosition),
  };
}
