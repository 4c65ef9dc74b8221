import type { Pool } from 'pg';

export interface KeptSchema {
  subject: string;
  id: number;
  text: string;
}

/** The ids that our messages carry, with what they stood for when they were first used. */
export async function readKeptSchemas(pool: Pool, subjects: readonly string[]): Promise<KeptSchema[]> {
  const { rows } = await pool.query<{ subject: string; schema_id: number; text: string }>(
    'select subject, schema_id, text from orders.schemas where subject = any ($1) order by schema_id',
    [subjects],
  );
  return rows.map((row) => ({ subject: row.subject, id: row.schema_id, text: row.text }));
}

/** Keeps an id for as long as there are messages that carry it: for ever. Another process may have been first. */
export async function keepSchema(pool: Pool, { subject, id, text }: KeptSchema): Promise<void> {
  await pool.query('insert into orders.schemas (subject, schema_id, text) values ($1, $2, $3) on conflict do nothing', [
    subject,
    id,
    text,
  ]);
}
