import type pg from 'pg';
import { microseconds } from './facts-as-kept.sql.js';
import { type AttemptSays, columnsOfAttempts, sameDetails } from './attempt-says.js';
import { pagesOf } from './compared.sql.js';

interface Row extends Record<(typeof columnsOfAttempts)[number], string | null> {
  attemptId: string;
}

const says = ({ attemptId, ...row }: Row): AttemptSays => ({
  attemptId,
  says: columnsOfAttempts.map((name) => (name === 'details' ? sameDetails(row.details) : row[name])),
});

/** Everything as text, for a superuser may have written what our types cannot hold. */
const columns = (own: { id: string; version: string }): string => `${own.id} as "attemptId", order_id as "orderId",
  command_id::text as "commandId", command, refusal, ${microseconds('attempted_at')} as "attemptedAt",
  ${own.version}::text as "orderVersion", actor, reason, correlation_id as "correlationId", currency, amount::text,
  allowed::text, existing_total::text as "existingTotal", same_content::text as "sameContent", details::text`;
const kept = columns({ id: 'attempt_id::text', version: 'order_version' });
/** The audit keeps an attempt beside facts, under a digest `attempt:<attemptId>`. */
const heard = columns({ id: `regexp_replace(digest, '^attempt:', '')`, version: 'version' });

/** What order-service keeps of refused commands: of all orders, or of one. */
export async function* keptAttempts(pool: pg.Pool, order?: string): AsyncGenerator<AttemptSays[]> {
  const pages = pagesOf<Row>(
    pool,
    `select ${kept} from orders.attempts where $1::text is null or order_id = $1 order by attempts.attempted_at`,
    [order ?? null],
  );
  for await (const rows of pages) yield rows.map(says);
}

/** Of these attempts, those that orders.attempts has by now. */
export const attemptsByNow = async (pool: pg.Pool, attemptIds: readonly string[]): Promise<AttemptSays[]> => {
  const { rows } = await pool.query<Row>(`select ${kept} from orders.attempts where attempt_id = any ($1::uuid[])`, [
    attemptIds.filter((id) => uuid.test(id)),
  ]);
  return rows.map(says);
};
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the audit has heard of refused commands. */
export async function* heardAttempts(pool: pg.Pool, order?: string): AsyncGenerator<AttemptSays[]> {
  const pages = pagesOf<Row>(
    pool,
    `select ${heard} from audit.attempts
      where generation = (select live_generation from audit.projection) and ($1::text is null or order_id = $1)
      order by attempts.attempted_at`,
    [order ?? null],
  );
  for await (const rows of pages) yield rows.map(says);
}
