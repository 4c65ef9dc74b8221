import pg from 'pg';

/** Said by Postgres, or about the connection to it; anything else that a query threw is a fault of ours. */
export function isOfPostgres(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return true;
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)) return true; // ECONNREFUSED …
  return /connection|timeout|Client was closed/i.test(error.message);
}
