import type { Pool } from 'pg';
import type { KnownCommand } from './store.js';

/** What came of a command, if it was kept within the last seven days. */
export async function findCommand(pool: Pool, scope: string, key: string): Promise<KnownCommand | undefined> {
  const { rows } = await pool.query<{ stream_id: string; version: string; status: number; request_hash: Buffer }>({
    name: 'find-command',
    text: `select stream_id, version, status, request_hash from orders.commands
      where key = $2 and scope = $1 and kept_at > now() - interval '7 days'`,
    values: [scope, key],
  });
  const row = rows[0];
  return (
    row && {
      stream: row.stream_id,
      version: Number(row.version),
      status: row.status,
      requestHash: row.request_hash,
    }
  );
}
