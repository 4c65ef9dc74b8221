import type { Queryable } from '@orderlog/projection';

/**
 * Keeps what was found of these orders. A finding that was there before keeps its number and the time when it was
 * found; one that is no longer so is not deleted, but marked as resolved.
 */
export async function keepFindings(
  tx: Queryable,
  generation: number,
  orderIds: readonly string[],
  found: readonly { orderId: string; kind: string; subject: string; detail: string }[],
): Promise<void> {
  const columns = [
    found.map((one) => one.orderId),
    found.map((one) => one.kind),
    found.map((one) => one.subject),
    found.map((one) => one.detail),
  ];
  if (found.length > 0) {
    await tx.query(
      `insert into audit.findings as known (generation, order_id, kind, subject, detail)
       select $1::integer, * from unnest($2::text[], $3::text[], $4::text[], $5::json[])
       on conflict (generation, order_id, kind, subject) do update
       set detail = excluded.detail, resolved_at = null
       where known.resolved_at is not null or known.detail::text <> excluded.detail::text`,
      [generation, ...columns],
    );
  }
  // An insert that meets the row finds it by its key; an update that joins them may go through all findings for each order.
  await tx.query(
    `insert into audit.findings as known (generation, order_id, kind, subject, detail)
     select $1::integer, open.*
     from unnest($2::text[]) as touched (order_id)
     cross join lateral (
       select order_id, kind, subject, detail from audit.findings one
       where one.generation = $1::integer and one.order_id = touched.order_id and one.resolved_at is null offset 0
     ) open
     where (open.order_id, open.kind, open.subject) not in (select * from unnest($3::text[], $4::text[], $5::text[]))
     on conflict (generation, order_id, kind, subject) do update set resolved_at = clock_timestamp()`,
    [generation, orderIds, ...columns.slice(0, 3)],
  );
}

/**
 * Locks these orders, in their order: an order's facts and its attempts are on two topics, and whoever looks at them as a
 * whole shall see what the other has written. Without it, one would resolve what the other has just found.
 */
export async function lockOrders(tx: Queryable, generation: number, sortedIds: readonly string[]): Promise<void> {
  await tx.query(
    `insert into audit.orders as known (generation, order_id, facts, last_version)
     select $1::integer, order_id, 0, 0 from unnest($2::text[]) as order_id
     on conflict (generation, order_id) do update set facts = known.facts where false`,
    [generation, sortedIds],
  );
}

/**
 * How many facts each of these orders has by now. They are locked, so each has its row; an insert that meets it finds it
 * by its key, where an update that joins them may go through all orders for each of them.
 */
export async function countFacts(tx: Queryable, generation: number, orderIds: readonly string[]): Promise<void> {
  await tx.query(
    `insert into audit.orders as known (generation, order_id, facts, last_version)
     select $1::integer, touched.order_id, its.facts, its.last_version
     from unnest($2::text[]) as touched (order_id)
     cross join lateral (
       select count(*) as facts, coalesce(max(version), 0) as last_version
       from audit.facts one where one.generation = $1::integer and one.order_id = touched.order_id
     ) its
     on conflict (generation, order_id) do update set facts = excluded.facts, last_version = excluded.last_version
       where known.facts <> excluded.facts`,
    [generation, orderIds],
  );
}
