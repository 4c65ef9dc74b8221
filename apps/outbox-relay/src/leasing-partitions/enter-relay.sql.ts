import type { Pool } from 'pg';

/**
 * Says that this relay lives, and answers who does: seen within a lease's length, by Postgres's clock. Forgets those that
 * have not been seen for a day.
 */
export async function enterRelay(pool: Pool, relay: string, leaseMs: number): Promise<string[]> {
  const { rows } = await pool.query<{ relay: string }>(
    `with entered as (
       insert into relay.relays (relay) values ($1) on conflict (relay) do update set seen_at = clock_timestamp()
     ), forgotten as (
       delete from relay.relays where seen_at < clock_timestamp() - interval '1 day' and relay <> $1
     )
     select relay from relay.relays where seen_at > clock_timestamp() - $2 * interval '1 millisecond' or relay = $1
     union select $1`,
    [relay, leaseMs],
  );
  return rows.map((row) => row.relay);
}
