import type pg from 'pg';
import { type FactAsKept, factAsKept, type FactRow } from './fact-as-kept.js';

/** Everything as text: what a superuser wrote may be nothing that our types can hold, and is to be named, not to fail. */
export const columns = `position::text as position, stream_id as "order", version::text as version, event_id::text as "eventId",
  type, schema_version::text as "schemaVersion", data::text as data, metadata::text as metadata,
  ${microseconds('occurred_at')} as "occurredAt", ${microseconds('recorded_at')} as "recordedAt",
  previous_hash as "previousHash", hash`;

/** SQL of a time as text, in microseconds; of one that is none, `Infinity`. */
export function microseconds(column: string): string {
  return `trunc(extract(epoch from ${column}) * 1000000)::text`;
}

/** What a position or a version can be at most. */
const most = Number.MAX_SAFE_INTEGER;
const pageSize = 5_000;

/** The last position; 0: there is no fact. */
export const lastPosition = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ position: string | null }>(
    'select max(position) as position from orders.events where position <= $1',
    [most],
  );
  return Math.max(0, Number(rows[0]!.position));
};

/** Facts at places that there are not, by which nobody would find them; the first thousand. */
export const strayFacts = async (pool: pg.Pool): Promise<FactAsKept[]> => {
  const { rows } = await pool.query<FactRow>(
    `select ${columns} from orders.events where position is null or position < 1 or position > $1
      order by events.position limit 1000`,
    [most],
  );
  return rows.map(factAsKept);
};

/** The facts up to a position, a page at a time; should two have one position, both. */
export async function* factsUpTo(pool: pg.Pool, upTo: number): AsyncGenerator<FactAsKept[]> {
  for (let after = 0; after < upTo;) {
    const { rows } = await pool.query<FactRow>(
      `select ${columns} from orders.events
        where events.position > $1 and events.position <= least($2, (
          select max(page.position) from (
            select events.position from orders.events where events.position > $1 order by 1 limit ${pageSize}) page))
        order by events.position`,
      [after, upTo],
    );
    if (rows.length === 0) return;
    after = Number(rows.at(-1)!.position);
    yield rows.map(factAsKept);
  }
}

/** Facts of one order behind a version, oldest first; those without a version last. */
export const factsOf = async (
  pool: pg.Pool,
  order: string,
  { afterVersion, limit }: { afterVersion: number; limit: number },
): Promise<FactAsKept[]> => {
  const { rows } = await pool.query<FactRow>(
    `select ${columns} from orders.events where stream_id = $1 and events.version > $2 order by events.version limit $3`,
    [order, afterVersion, limit],
  );
  return rows.map(factAsKept);
};

/** All facts of one order up to a position, oldest first. */
export async function* factsOfOrder(pool: pg.Pool, order: string, upTo: number): AsyncGenerator<FactAsKept[]> {
  const { rows: strays } = await pool.query<FactRow>(
    `select ${columns} from orders.events
      where stream_id = $1 and (events.version is null or events.version < 1 or events.version > $2)`,
    [order, most],
  );
  yield strays.map(factAsKept);
  for (let afterVersion = 0; ;) {
    const facts = await factsOf(pool, order, { afterVersion, limit: pageSize });
    yield facts.filter(({ position }) => position === null || position <= upTo);
    if (facts.length < pageSize) return;
    afterVersion = facts.at(-1)!.version!;
  }
}
