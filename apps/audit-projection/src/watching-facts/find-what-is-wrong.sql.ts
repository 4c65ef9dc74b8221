import type { Queryable } from '@orderlog/projection';
import { existingCurrency } from './existing-currency.sql.js';

/**
 * What is wrong with these orders, from all that was kept of them. It depends on nothing but their rows, so that reading
 * the topic again comes to the same.
 *
 * gap: versions that never came. broken-chain: a fact does not stand on the one before it. hash-mismatch: its content is
 * not what its hash says. content-differs: two contents for one version. captured-over-total, refunded-over-captured: by
 * the sums at that version. duplicate-order: another order was attempted under its ID. conflicting-claims: several rows
 * of an imported table contradict each other, and nobody has decided since. evidence-gap: a log beside such a table cannot
 * be the whole story; no decision fills it. tombstone: someone wanted a fact deleted.
 */
export async function findWhatIsWrong(
  tx: Queryable,
  generation: number,
  orderIds: readonly string[],
): Promise<{ orderId: string; kind: string; subject: string; detail: string }[]> {
  const { rows } = await tx.query(
    `with touched as (select unnest($2::text[]) as order_id),
     fact as materialized (
       select its.* from touched cross join lateral (
         select order_id, version, digest, type, previous_hash, hash, hash_holds, total, captured, refunded, claims,
                case when type in ('OrderImported', 'OrderImportedAgain') then data -> 'gaps' end as gaps
         from audit.facts one where one.generation = $1::integer and one.order_id = touched.order_id offset 0
       ) its
     ),
     version as (
       -- A version may have several contents, which is a finding of its own: the chain holds where any two of them link.
       select order_id, version, array_agg(hash) as hashes, array_agg(previous_hash) as previous_hashes,
              max(total) as total, max(captured) as captured, max(refunded) as refunded, max(claims) as claims,
              bool_or(type = 'OrderImported') as imported, bool_or(type = 'OrderHoldResolved') as resolved
       from fact group by order_id, version
     ),
     ordered as (
       select version.*,
         lag(version, 1, 0) over by_now as version_before,
         lag(hashes, 1, array[decode(repeat('00', 32), 'hex')]) over by_now as hashes_before,
         sum(captured) over by_now as captured_by_now,
         sum(refunded) over by_now as refunded_by_now,
         count(total) over by_now as totals_by_now,
         max(version) filter (where resolved) over (partition by order_id) as decided_at
       from version
       window by_now as (partition by order_id order by version)
     ),
     known as (
       select *, first_value(total) over (partition by order_id, totals_by_now order by version) as total_by_now
       from ordered
     )
     select order_id, 'gap' as kind,
            'v' || version_before + 1 || case when version - version_before > 2 then '-v' || version - 1 else '' end as subject,
            json_build_object('from', version_before + 1, 'to', version - 1) as detail
     from known where version > version_before + 1
     union all
     select order_id, 'broken-chain', 'v' || version, json_build_object('version', version)
     from known where version = version_before + 1 and not previous_hashes && hashes_before
     union all
     select order_id, 'hash-mismatch', 'v' || version || '/' || left(digest, 12),
            json_build_object('version', version, 'claimed', encode(hash, 'hex'), 'computed', digest)
     from fact where not hash_holds
     union all
     select order_id, 'content-differs', 'v' || version,
            json_build_object('version', version, 'digests', json_agg(digest order by digest))
     from fact group by order_id, version having count(*) > 1
     union all
     select order_id, 'captured-over-total', 'v' || version,
            json_build_object('version', version, 'captured', captured_by_now, 'total', total_by_now)
     from known where captured is not null and not imported and captured_by_now > total_by_now
     union all
     select order_id, 'refunded-over-captured', 'v' || version,
            json_build_object('version', version, 'refunded', refunded_by_now, 'captured', coalesce(captured_by_now, 0))
     from known where refunded is not null and refunded_by_now > coalesce(captured_by_now, 0)
     union all
     select order_id, 'conflicting-claims', 'v' || version, json_build_object('version', version, 'claims', claims)
     from known where claims > 1 and (decided_at is null or decided_at < version)
     union all
     select order_id, 'evidence-gap', 'v' || version || '/' || number,
            json_build_object('version', version, 'kind', gap ->> 'kind', 'what', gap ->> 'what', 'after', gap ->> 'after',
                              'before', gap ->> 'before')
     from (select distinct on (order_id, version) order_id, version, gaps from fact order by order_id, version, digest) one
     cross join lateral json_array_elements(gaps) with ordinality as gap (gap, number)
     union all
     select touched.order_id, 'duplicate-order', command_id,
            json_build_object('commandId', command_id, 'actor', actor, 'currency', currency, 'attemptedTotal', amount,
                              'existingTotal', existing_total,
                              'existingCurrency', nullif(${existingCurrency}, currency), 'attemptedAt',
                              to_char(attempted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
     from touched cross join lateral (
       select * from audit.attempts one where one.generation = $1::integer and one.order_id = touched.order_id offset 0
     ) attempt
     where refusal = 'order-exists' and same_content is not true
     union all
     select touched.order_id, 'tombstone', 'v' || version || ' at ' || partition || '/' || message_offset,
            json_build_object('version', version, 'topic', topic, 'partition', partition, 'offset', message_offset)
     from touched cross join lateral (
       select * from audit.tombstones one where one.generation = $1::integer and one.order_id = touched.order_id offset 0
     ) tombstone`,
    [generation, orderIds],
  );
  return rows.map((row) => ({
    orderId: row['order_id'] as string,
    kind: row['kind'] as string,
    subject: row['subject'] as string,
    detail: row['detail'] as string,
  }));
}
