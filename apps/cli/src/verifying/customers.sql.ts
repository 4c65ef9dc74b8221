import type pg from 'pg';
import type { Named } from './compared.sql.js';

/** What of a customer's key and the facts that name it does not go together. */
export type WrongKey = Named & { position: number; key: string | null; customer: string | null } & (
    { kind: 'kept' | 'untold' } | { kind: 'of-another'; other: string | null }
  );

/**
 * Compares each order that is sealed with a customer's key with the row of that key. One statement, and so of one moment: a key
 * is there before an order is sealed with it, and destroyed before any order says that it was.
 * @returns the first thousand, by position
 */
export const wrongKeys = async (pool: pg.Pool, upTo: number, order?: string): Promise<WrongKey[]> => {
  const { rows } = await pool.query<WrongKey & { version: string; position: string }>(
    `with sealed as (
       select stream_id, position, data ->> 'customerId' as customer, data -> 'customer' ->> 'keyId' as key
         from orders.events
        where version = 1 and data ? 'customer' and position <= $1 and ($2::text is null or stream_id = $2)
     ), compared as (
       select sealed.*, own.key_id is not null as "isThere", own.customer_id as other, own.destroyed_at is not null as destroyed,
              own.wrapped_key is not null as opens, own.settled_at is not null as settled,
              told.version as forgotten, told.position as told_at
         from sealed
         left join orders.customer_keys own on own.key_id::text = sealed.key
         left join lateral (
           select fact.version, fact.position from orders.events fact
            where fact.stream_id = sealed.stream_id and fact.type = 'CustomerForgotten' and fact.data ->> 'keyId' = sealed.key
            order by fact.version limit 1
         ) told on true
     ), judged as (
       select *, case when "isThere" and other is distinct from customer then 'of-another'
                      when opens and forgotten is not null then 'kept'
                      when settled and forgotten is null then 'untold' end as kind
         from compared
     )
     select stream_id as "order", coalesce(forgotten, 1)::text as version, coalesce(told_at, judged.position)::text as position, key, customer, other, kind
       from judged where kind is not null order by judged.position limit 1000`,
    [upTo, order ?? null],
  );
  return rows.map((row) => ({ ...row, version: Number(row.version), position: Number(row.position) }));
};

/** Keys with which orders are sealed, that are not there, and of which no fact says that they were destroyed. */
export interface LostKeys {
  count: number;
  /** The first of them, each with the first order that is sealed with it. */
  first: { key: string | null; customer: string | null; order: string }[];
}

export const lostKeys = async (pool: pg.Pool, upTo: number, most: number, order?: string): Promise<LostKeys> => {
  const { rows } = await pool.query<LostKeys['first'][number] & { count: string }>(
    `with sealed as (
       select stream_id, position, data ->> 'customerId' as customer, data -> 'customer' ->> 'keyId' as key
         from orders.events
        where version = 1 and data ? 'customer' and position <= $1 and ($2::text is null or stream_id = $2)
     )
     select count(*) over () as count, key, (array_agg(customer order by position))[1] as customer,
            (array_agg(stream_id order by position))[1] as "order"
       from sealed
      where not exists (select from orders.customer_keys own where own.key_id::text = key)
        and not exists (select from orders.events told
                         where told.stream_id = sealed.stream_id and told.type = 'CustomerForgotten'
                           and told.data ->> 'keyId' = key)
      group by key order by min(position) limit $3`,
    [upTo, order ?? null, most],
  );
  return { count: Number(rows[0]?.count ?? 0), first: rows.map(({ count: _, ...lost }) => lost) };
};

/** A row of orders.customer_keys that no service leaves. */
export interface WrongKeyRow {
  customer: string | null;
  key: string | null;
  inUse: number;
  bytes: number | null;
  destroyed: boolean;
}

/** @param bytes of a key that is wrapped @returns the first thousand */
export const wrongKeyRows = async (pool: pg.Pool, bytes: number): Promise<WrongKeyRow[]> => {
  const { rows } = await pool.query<WrongKeyRow>(
    `with keys as (
       select key_id::text as key, customer_id as customer, octet_length(wrapped_key) as bytes, destroyed_at is not null as destroyed,
              (count(*) filter (where destroyed_at is null) over (partition by customer_id))::integer as "inUse"
         from orders.customer_keys
     )
     select * from keys
      where destroyed <> (bytes is null) or bytes <> $1 or not destroyed and "inUse" > 1
      order by key limit 1000`,
    [bytes],
  );
  return rows;
};
