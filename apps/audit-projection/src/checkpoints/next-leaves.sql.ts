import type { Pool, PoolClient } from 'pg';

/** What the facts behind a position come to, for the tree. */
export interface NextLeaves {
  /** Hashes of the facts that stand at the positions right behind it, without a gap. */
  hashes: Buffer[];
  /** What stands in the way of the next one, if facts are there and it cannot be taken. */
  stoppedBy: { position: number; why: 'missing' | 'claimed-twice' | 'hash-mismatch' } | null;
  /** There may be more. */
  more: boolean;
}

/**
 * The next facts of the tree. What cannot be believed is not signed: two facts at one position, or one whose content is
 * not what its hash says, stop the tree before it, and so does a position that was not seen.
 */
export async function nextLeaves(
  on: Pool | PoolClient,
  generation: number,
  after: number,
  limit: number,
): Promise<NextLeaves> {
  const { rows } = await on.query<{ position: string; hash: Buffer; hash_holds: boolean | null }>(
    `select position, hash, hash_holds from audit.facts
     where generation = $1 and position > $2 order by position limit $3`,
    [generation, after, limit + 1],
  );
  return contiguous(
    rows.map((row) => ({ position: Number(row.position), hash: row.hash, holds: row.hash_holds })),
    after,
    limit,
  );
}

/** @param rows by position; one more than `limit` where there are more, so that the last one's double would be seen */
export function contiguous(
  rows: readonly { position: number; hash: Buffer; holds: boolean | null }[],
  after: number,
  limit: number,
): NextLeaves {
  const hashes: Buffer[] = [];
  const stop = (position: number, why: NonNullable<NextLeaves['stoppedBy']>['why']): NextLeaves => ({
    ...{ hashes, more: false },
    stoppedBy: { position, why },
  });
  for (const [at, row] of rows.slice(0, limit).entries()) {
    const next = after + hashes.length + 1;
    if (row.position !== next) return stop(next, 'missing');
    if (rows[at + 1]?.position === next) return stop(next, 'claimed-twice');
    if (row.holds === false) return stop(next, 'hash-mismatch');
    hashes.push(row.hash);
  }
  return { hashes, stoppedBy: null, more: rows.length > limit };
}
