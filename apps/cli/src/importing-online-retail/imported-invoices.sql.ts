import type pg from 'pg';

/** What is in the store under an invoice's number. */
export interface KeptInvoice {
  /** The import's fingerprint, where the first fact came from an import; otherwise another command's id, or null. */
  commandId: string | null;
  actor: string | null;
  source: string | null;
  lines: string | null;
}

/**
 * Looks up which of these invoices are in the store already, all in one query: an import that is done again, or goes on,
 * reads this and appends nothing. The facts themselves say it, so it holds for longer than a remembered command (7 days).
 */
export const keptInvoices = async (pool: pg.Pool, invoices: readonly string[]): Promise<Map<string, KeptInvoice>> => {
  const { rows } = await pool.query<KeptInvoice & { invoice: string }>({
    name: 'kept-invoices',
    text: `select stream_id as invoice, metadata->>'commandId' as "commandId", metadata->>'actor' as actor,
                  metadata->'origin'->>'source' as source, metadata->'origin'->>'lines' as lines
             from orders.events
            where stream_id = any ($1::text[]) and version = 1`,
    values: [invoices],
  });
  return new Map(rows.map(({ invoice, ...kept }) => [invoice, kept]));
};
