import type { Instant } from '@orderlog/instant';
import type { Pool } from 'pg';
import { DamagedFact } from './damaged-fact.js';
import { microseconds } from './microseconds.sql.js';

/**
 * The version that a stream had at an instant: that of the last fact recorded by then; 0: none was. Within a stream facts
 * are recorded in the order of their versions, so it is looked for as in a dictionary: fourteen looks into the index of ten
 * thousand facts, and no index of times that every append would have to keep. A look at a time that is none leads nowhere.
 * @throws DamagedFact
 */
export async function versionAt(pool: Pool, stream: string, instant: Instant): Promise<number> {
  const { rows } = await pool.query<{ version: string; damaged: string | null }>({
    name: 'version-at',
    text: `with recursive search (low, high, damaged) as (
        select 0::bigint, coalesce((select version from orders.events where stream_id = $1 order by version desc limit 1), 0),
               null::bigint
        union all
        select case when middle.known then middle.version else low end,
               case when middle.known then high else middle.version - 1 end,
               case when middle.known is null then middle.version end
        from search cross join lateral (
          select version, ${microseconds('recorded_at')} <= $2 as known from orders.events
          where stream_id = $1 and version <= (low + high + 1) / 2 order by version desc limit 1
        ) as middle
        where low < high and damaged is null
      )
      select low as version, damaged from search order by damaged, high - low limit 1`,
    values: [stream, instant],
  });
  const [found] = rows;
  if (found?.damaged != null) throw DamagedFact.atNoTime(stream, Number(found.damaged), 'recorded_at');
  return Number(found?.version ?? 0);
}
