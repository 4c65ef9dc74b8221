import { Tiles, type Tile, type TilePlace } from '@orderlog/merkle-tree';
import type { Pool, PoolClient } from 'pg';

/** The tiles at these places, as far as they are there. */
export async function readTiles(on: Pool | PoolClient, places: readonly TilePlace[]): Promise<Tiles> {
  const { rows } = await on.query<{ level: number; index: string; hashes: Buffer }>(
    `select level, index, hashes from audit.tree_tiles
     join unnest($1::integer[], $2::bigint[]) as wanted (level, index) using (level, index)`,
    [places.map(({ level }) => level), places.map(({ index }) => index)],
  );
  return new Tiles(rows.map(({ level, index, hashes }) => ({ level, index: Number(index), hashes })));
}

/** Keeps tiles that are new or longer. */
export const keepTiles = (tx: PoolClient, tiles: readonly Tile[]): Promise<unknown> =>
  tx.query(
    `insert into audit.tree_tiles (level, index, hashes)
     select * from unnest($1::integer[], $2::bigint[], $3::bytea[])
     on conflict (level, index) do update set hashes = excluded.hashes`,
    [tiles.map(({ level }) => level), tiles.map(({ index }) => index), tiles.map(({ hashes }) => hashes)],
  );
