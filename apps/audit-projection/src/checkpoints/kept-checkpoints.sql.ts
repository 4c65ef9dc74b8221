import type { CheckpointMessage } from '@orderlog/order-contract';
import type { Pool, PoolClient } from 'pg';

const columns = `tree_size, root_hash, (extract(epoch from issued_at) * 1000000)::bigint as issued_at, origin, key_id, signature`;

interface Row {
  tree_size: string;
  root_hash: Buffer;
  issued_at: string;
  origin: string;
  key_id: string;
  signature: Buffer;
}

const checkpointOf = (row: Row): CheckpointMessage => ({
  treeSize: Number(row.tree_size),
  rootHash: row.root_hash,
  issuedAt: Number(row.issued_at),
  origin: row.origin,
  keyId: row.key_id,
  signature: row.signature,
});

/** The last checkpoints of at most so many facts, the largest first. */
export async function lastCheckpoints(
  on: Pool | PoolClient,
  page: { upTo?: number; limit: number },
): Promise<CheckpointMessage[]> {
  const { rows } = await on.query<Row>(
    `select ${columns} from audit.checkpoints where tree_size <= $1 order by tree_size desc limit $2`,
    [page.upTo ?? Number.MAX_SAFE_INTEGER, page.limit],
  );
  return rows.map(checkpointOf);
}

/** Keeps a checkpoint that was signed just now, with the key that anyone needs to check it. */
export async function keepCheckpoint(tx: PoolClient, checkpoint: CheckpointMessage, publicKey: string): Promise<void> {
  const { treeSize, rootHash, issuedAt, origin, keyId, signature } = checkpoint;
  await tx.query(
    'insert into audit.signing_keys (key_id, public_key) values ($1, $2) on conflict (key_id) do nothing',
    [keyId, publicKey],
  );
  await tx.query(
    `insert into audit.checkpoints (tree_size, root_hash, issued_at, origin, key_id, signature)
     values ($1, $2, timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4, $5, $6)`,
    [treeSize, rootHash, issuedAt, origin, keyId, signature],
  );
}

/** Checkpoints that Kafka has not acknowledged, the oldest first. */
export async function unpublishedCheckpoints(pool: Pool, limit: number): Promise<CheckpointMessage[]> {
  const { rows } = await pool.query<Row>(
    `select ${columns} from audit.checkpoints where published_at is null order by tree_size limit $1`,
    [limit],
  );
  return rows.map(checkpointOf);
}

export const markPublished = (pool: Pool, treeSizes: readonly number[]): Promise<unknown> =>
  pool.query(`update audit.checkpoints set published_at = clock_timestamp() where tree_size = any ($1::bigint[])`, [
    treeSizes,
  ]);

/** Every key that has signed here, the first one first. */
export async function signingKeys(pool: Pool): Promise<{ keyId: string; publicKey: string }[]> {
  const { rows } = await pool.query<{ key_id: string; public_key: string }>(
    'select key_id, public_key from audit.signing_keys order by first_used_at, key_id',
  );
  return rows.map((row) => ({ keyId: row.key_id, publicKey: row.public_key }));
}
