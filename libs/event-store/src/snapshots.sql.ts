import type { Pool } from 'pg';
import type { JsonObject, Snapshot } from './store.js';

/** Keeps a state. The same version again replaces it. */
export async function saveSnapshot(pool: Pool, { stream, shape, version, state }: Snapshot): Promise<void> {
  await pool.query(
    `insert into orders.snapshots (stream_id, shape, version, state) values ($1, $2, $3, $4)
     on conflict (stream_id, shape, version) do update set state = excluded.state, saved_at = now()`,
    [stream, shape, version, JSON.stringify(state)],
  );
}

/** The latest state of this shape that is not past `atVersion`. */
export async function latestSnapshot(
  pool: Pool,
  stream: string,
  shape: string,
  atVersion = Number.MAX_SAFE_INTEGER,
): Promise<Snapshot | undefined> {
  const { rows } = await pool.query<{ version: string; state: JsonObject }>({
    name: 'latest-snapshot',
    text: `select version, state from orders.snapshots
      where stream_id = $1 and shape = $2 and version <= $3 order by version desc limit 1`,
    values: [stream, shape, atVersion],
  });
  return rows[0] && { stream, shape, version: Number(rows[0].version), state: rows[0].state };
}

/** Forgets every snapshot, or all but those of one shape. */
export async function forgetSnapshots(pool: Pool, exceptShape?: string): Promise<void> {
  await pool.query('delete from orders.snapshots where shape is distinct from $1', [exceptShape ?? null]);
}
