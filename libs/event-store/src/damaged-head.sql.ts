import { formatInstant, type Instant } from '@orderlog/instant';
import type { ClientBase, Pool } from 'pg';
import { isNoInstant } from './postgres-error.js';

/** So far may the last fact's time be ahead of a clock: clocks differ, and are set back. In microseconds, a day. */
const mostAhead = 86_400_000_000;

/**
 * The time behind which the next fact would be recorded cannot be true: somebody has written it past every guard. Nothing is
 * kept until it is put right, since all that came would have to follow it; after that appends go on by themselves.
 */
export class DamagedHead extends Error {
  override readonly name = 'DamagedHead';

  /** @param clock by which it was looked at */
  constructor(
    /** Of the last fact, which has that time; null: it is the instant up to which all is settled. */
    readonly position: number | null,
    /** As Postgres has it: RFC 3339 in UTC with a year of any length, `infinity` or `-infinity`. */
    readonly time: string,
    clock: Instant,
  ) {
    const whose =
      position === null
        ? `by orders.settled all is settled up to ${time}`
        : `the last fact, at position ${position}, says that it was recorded at ${time}`;
    super(`${whose}, which cannot be true: it is ${formatInstant(clock)} by the clock here`);
  }
}

/** Whether nothing can have been recorded at this time yet. */
export const isTooFarAhead = (recordedAt: Instant | null, clock: Instant): boolean =>
  recordedAt !== null && recordedAt > clock + mostAhead;

/** @returns undefined where the last fact's time, and that of what is settled, may well be true */
export async function findDamagedHead(client: ClientBase | Pool, clock: Instant): Promise<DamagedHead | undefined> {
  const { rows } = await client.query<{ position: string | null; time: string }>({
    name: 'find-damaged-head',
    text: `select position, case when isfinite(time) then to_char(time at time zone 'UTC', 'FMYYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                                 else time::text end as time
      from ((select position, recorded_at from orders.events order by position desc limit 1)
            union all select null, until from orders.settled) as last (position, time)
      where not isfinite(time) or time > 'epoch'::timestamptz + $1::bigint * interval '1 microsecond'
      order by position limit 1`,
    values: [clock + mostAhead],
  });
  const [last] = rows;
  return last && new DamagedHead(last.position === null ? null : Number(last.position), last.time, clock);
}

/**
 * What a statement's error comes from: a time that is none is no number of microseconds either, and Postgres says only that.
 * @param client not, or no longer, in the transaction that failed
 */
export const damagedHeadOr = async (client: ClientBase | Pool, clock: Instant, error: unknown): Promise<unknown> =>
  (isNoInstant(error) && (await findDamagedHead(client, clock))) || error;
