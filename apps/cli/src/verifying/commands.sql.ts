import type pg from 'pg';
import { type Named, pagesOf } from './compared.sql.js';

/** A row of orders.commands beside the fact at the version that it names; all of it as text. */
export interface CommandRow {
  scope: string | null;
  key: string | null;
  order: string | null;
  version: string | null;
  status: string | null;
  hashBytes: number | null;
  /** How many rows the scope and key have. */
  sameKey: number;
  /** How many commands are said to have made what was new at the version. */
  sameFact: number;
  /** Null: the store has no such fact. */
  position: string | null;
  type: string | null;
  commandId: string | null;
}

/**
 * What was answered under an idempotency key within the last seven days, of all orders or of one. An append keeps its facts and
 * its row together, and this is one statement: of what comes meanwhile it sees both, or nothing.
 */
export async function* commandsBesideFacts(pool: pg.Pool, order?: string): AsyncGenerator<CommandRow[]> {
  // Five minutes are left out: then a key may be taken anew while its old row is still there.
  yield* pagesOf<CommandRow>(
    pool,
    `select told.scope, told.key, told.stream_id as "order", told.version::text, told.status::text,
            octet_length(told.request_hash) as "hashBytes",
            (count(*) over (partition by told.scope, told.key))::integer as "sameKey",
            (count(*) filter (where told.status = 201) over (partition by told.stream_id, told.version))::integer as "sameFact",
            fact.position::text, fact.type, fact.metadata ->> 'commandId' as "commandId"
       from orders.commands told left join orders.events fact on fact.stream_id = told.stream_id and fact.version = told.version
      where ($1::text is null or told.stream_id = $1) and told.kept_at > now() - interval '7 days' + interval '5 minutes'`,
    [order ?? null],
  );
}

/** What a command of a route makes, where it is answered with 201; others that make a fact are answered with 200. */
export const madeBy: ReadonlyMap<string, string> = new Map([
  ['POST /orders', 'OrderPlaced'],
  ['POST /orders/:orderId/discounts', 'DiscountApplied'],
  ['POST /orders/:orderId/payments', 'PaymentCaptured'],
  ['POST /orders/:orderId/refunds', 'RefundInitiated'],
]);

/** Commands with a key, of which facts tell, and of which no answer is kept. */
export interface Unkept {
  count: number;
  /** What the first of them made. */
  first: (Named & { type: string })[];
}

/**
 * Of the last six days (clocks differ), the commands with a key of which orders.commands does not know. Their facts carry an id
 * that is made from the key, a UUID of version 8; so do those of an erasure, which has no key for each order. Which key it was
 * nobody can tell from that.
 */
export const unkeptCommands = async (pool: pg.Pool, most: number, order?: string): Promise<Unkept> => {
  const { rows } = await pool.query<{ count: string; order: string; version: string; type: string }>(
    `select count(*) over () as count, stream_id as "order", version, type from orders.events fact
      where fact.recorded_at > now() - interval '6 days' and ($1::text is null or fact.stream_id = $1)
        and fact.type <> 'CustomerForgotten'
        and fact.metadata ->> 'commandId' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
        and not exists (select from orders.commands told
                         where told.stream_id = fact.stream_id and told.version = fact.version
                           and told.status = case when fact.type = any ($2) then 201 else 200 end)
      order by position limit $3`,
    [order ?? null, [...madeBy.values()], most],
  );
  const first = rows.map(({ count: _, version, ...fact }) => ({ ...fact, version: Number(version) }));
  return { count: Number(rows[0]?.count ?? 0), first };
};
