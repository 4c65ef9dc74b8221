import type { Pool } from 'pg';

export interface Integrity {
  /** Facts that were kept, every content of each. */
  facts: number;
  /** Facts whose message did not say its position. */
  withoutPosition: number;
  highestPosition: number;
  /** Every position from 1 up to here was seen. */
  contiguousTo: number;
  /** Positions below the highest that were not seen, the first 100 ranges. */
  missing: { from: number; to: number }[];
  /** How many positions are missing in all. */
  missingCount: number;
  /** Positions that two different facts claim, the first 100. */
  claimedTwice: number[];
  chains: { checked: number; broken: number };
  findings: { open: number; resolved: number; byKind: Record<string, number> };
}

/** What is wrong with a chain itself, and not with the money in it. */
const chainKinds = ['gap', 'broken-chain', 'hash-mismatch', 'content-differs'];

/**
 * Blocks that are not what a whole block is: so many facts, and the sums of the places 1 … n and of their squares. (One
 * that stands twice in the stead of one that is missing would pass for whole by the count alone.)
 */
const oddBlocks = `
  whole as (
    select block, least($2::bigint - block * 1000, 1000) as size
    from generate_series(0, ($2::bigint - 1) / 1000) block
  ),
  counted as (
    select block, sum(entries) as entries, sum(place) as place, sum(place_squared) as place_squared
    from audit.position_blocks where generation = $1 group by block
  ),
  odd as (
    select whole.block from whole left join counted on counted.block = whole.block
    where counted.entries is distinct from size
       or counted.place <> size * (size + 1) / 2
       or counted.place_squared <> size * (size + 1) * (2 * size + 1) / 6
  )`;

/**
 * Whether anything is missing. Positions are dense, so a reader of all partitions can tell: a block of 1,000 positions
 * that has 1,000 facts, and their sums, is whole. Only the others are looked at fact by fact. One snapshot.
 */
export async function integrity(pool: Pool, generation: number): Promise<Integrity> {
  const client = await pool.connect();
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    const ask = async (text: string, values: unknown[] = [generation]) =>
      (await client.query<Record<string, unknown>>(text, values)).rows;
    const [seen] = await ask(
      `select coalesce(sum(entries), 0) as facts, coalesce(sum(entries) filter (where block = -1), 0) as without_position,
              (select coalesce(max(position), 0) from audit.facts where generation = $1) as highest
       from audit.position_blocks where generation = $1`,
    );
    const highest = Number(seen?.['highest']);
    const gaps = await ask(
      `with ${oddBlocks},
       absent as (
         select position from odd
         cross join lateral generate_series(odd.block * 1000 + 1, least((odd.block + 1) * 1000, $2::bigint)) position
         where not exists (select from audit.facts where facts.generation = $1 and facts.position = position.position)
       ),
       islands as (select position, position - row_number() over (order by position) as island from absent)
       select min(position) as "from", max(position) as "to", sum(count(*)) over () as missing
       from islands group by island order by 1 limit 100`,
      [generation, highest],
    );
    const twice = await ask(
      `with ${oddBlocks}
       select position from odd
       join audit.facts on facts.generation = $1 and facts.position between odd.block * 1000 + 1 and (odd.block + 1) * 1000
       group by position having count(distinct (order_id, version)) > 1
       order by position limit 100`,
      [generation, highest],
    );
    const [chains] = await ask(
      `select (select count(*) from audit.orders where generation = $1 and facts > 0) as checked,
              (select count(distinct order_id) from audit.findings
               where generation = $1 and resolved_at is null and kind = any ($2)) as broken`,
      [generation, chainKinds],
    );
    const kinds = await ask(
      `select kind, count(*) filter (where resolved_at is null) as open, count(*) filter (where resolved_at is not null) as resolved
       from audit.findings where generation = $1 group by kind order by kind`,
    );
    await client.query('commit');
    const missing = gaps.map((row) => ({ from: Number(row['from']), to: Number(row['to']) }));
    const sum = (column: string): number => kinds.reduce((total, row) => total + Number(row[column]), 0);
    return {
      facts: Number(seen?.['facts']),
      withoutPosition: Number(seen?.['without_position']),
      highestPosition: highest,
      contiguousTo: missing[0] ? missing[0].from - 1 : highest,
      missing,
      missingCount: Number(gaps[0]?.['missing'] ?? 0),
      claimedTwice: twice.map((row) => Number(row['position'])),
      chains: { checked: Number(chains?.['checked']), broken: Number(chains?.['broken']) },
      findings: {
        open: sum('open'),
        resolved: sum('resolved'),
        byKind: Object.fromEntries(kinds.map((row) => [row['kind'] as string, Number(row['open'])])),
      },
    };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
