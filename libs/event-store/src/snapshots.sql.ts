import type { Pool } from 'pg';
import type { Snapshot } from './store.js';

/** Keeps a state. The same version again replaces it. */
export async function saveSnapshot(pool: Pool, { stream, shape, version, state, hash, seal }: Snapshot): Promise<void> {
  await pool.query(
    `insert into orders.snapshots (stream_id, shape, version, state, hash, seal) values ($1, $2, $3, $4, $5, $6)
     on conflict (shape, stream_id, version)
       do update set state = excluded.state, hash = excluded.hash, seal = excluded.seal, saved_at = now()`,
    [stream, shape, version, state, hash, seal],
  );
}

/** The latest state of this shape that is not past `atVersion`. */
export async function latestSnapshot(
  pool: Pool,
  stream: string,
  shape: string,
  atVersion = Number.MAX_SAFE_INTEGER,
): Promise<Snapshot | undefined> {
  const { rows } = await pool.query<{ version: string; state: string; hash: Buffer; seal: Buffer }>({
    name: 'latest-snapshot',
    text: `select version, state::text as state, hash, seal from orders.snapshots
      where shape = $2 and stream_id = $1 and version <= $3 order by version desc limit 1`,
    values: [stream, shape, atVersion],
  });
  return rows[0] && { stream, shape, ...rows[0], version: Number(rows[0].version) };
}

/** Forgets one. */
export async function forgetSnapshot(
  pool: Pool,
  { stream, shape, version }: Pick<Snapshot, 'stream' | 'shape' | 'version'>,
): Promise<void> {
  await pool.query('delete from orders.snapshots where shape = $1 and stream_id = $2 and version = $3', [
    shape,
    stream,
    version,
  ]);
}

/** Forgets so many snapshots, or so many of other shapes than one. @returns how many there were; fewer than `limit`: all */
export async function forgetSnapshots(pool: Pool, limit: number, exceptShape?: string): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from orders.snapshots where ctid = any (array(
       (select ctid from orders.snapshots where $1::text is null or shape < $1 limit $2)
       union all (select ctid from orders.snapshots where shape > $1 limit $2) limit $2))`,
    [exceptShape ?? null, limit],
  );
  return rowCount ?? 0;
}
