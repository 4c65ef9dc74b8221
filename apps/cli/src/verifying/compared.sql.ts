import type { Metadata } from '@orderlog/event-store';
import { HASH_BYTES, type Tile, TILE_WIDTH } from '@orderlog/merkle-tree';
import type { CheckpointMessage } from '@orderlog/order-contract';
import type pg from 'pg';
import { microseconds } from './facts-as-kept.sql.js';
import type { SaysOfMoney } from './what-is-wrong.js';

export interface Named {
  order: string;
  version: number;
}

/** Who stands at a position of the store; undefined: nobody. */
export const factAt = async (pool: pg.Pool, position: number): Promise<Named | undefined> => {
  const { rows } = await pool.query<{ order: string; version: string }>(
    'select stream_id as "order", version from orders.events where position = $1',
    [position],
  );
  return rows[0] && { order: rows[0].order, version: Number(rows[0].version) };
};

/** The hashes of the facts behind a position, up to another: what the store has been told since it was read. */
export const hashesBehind = async (pool: pg.Pool, position: number, upTo: number): Promise<Map<number, Buffer>> => {
  const { rows } = await pool.query<{ position: string; hash: Buffer }>(
    'select position, hash from orders.events where position > $1 and position <= $2',
    [position, upTo],
  );
  return new Map(rows.map((fact) => [Number(fact.position), fact.hash]));
};

/** Who stood at a position when the audit heard of it; undefined: it has not. */
export const factHeardAt = async (pool: pg.Pool, position: number): Promise<Named | undefined> => {
  const { rows } = await pool.query<Named>(
    `select order_id as "order", version from audit.facts
      where generation = (select live_generation from audit.projection) and position = $1
      order by hash_holds desc nulls last limit 1`,
    [position],
  );
  return rows[0];
};

/** At which position the store has a version of an order; undefined: it has none. */
export const positionOf = async (pool: pg.Pool, { order, version }: Named): Promise<number | undefined> => {
  const { rows } = await pool.query<{ position: string }>(
    'select position from orders.events where stream_id = $1 and version = $2',
    [order, version],
  );
  return rows[0] && Number(rows[0].position);
};

/** How far a projection has read each partition of the facts; null: it is not in this database. */
export const reachedBy = async (
  pool: pg.Pool,
  projection: 'audit' | 'revenue',
  topic: string,
): Promise<Map<number, number> | null> => {
  const there = await pool.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    `${projection}.partitions`,
  ]);
  if (!there.rows[0]!.there) return null;
  const { rows } = await pool.query<{ partition: number; reached: string }>(
    `select partition, reached from ${projection}.partitions
      where topic = $1 and generation = (select live_generation from ${projection}.projection)`,
    [topic],
  );
  return new Map(rows.map(({ partition, reached }) => [partition, Number(reached)]));
};

/**
 * Which generation of a projection's tables answers, where that one has never read anything and another has: somebody has
 * changed it, and all that was read is out of sight. Undefined: it is in order, or nothing was ever read.
 */
export const unreadGeneration = async (
  pool: pg.Pool,
  projection: 'audit' | 'revenue',
): Promise<{ says: number | null; read: number } | undefined> => {
  const { rows } = await pool.query<{ says: number | null; read: number }>(
    `select (select live_generation from ${projection}.projection limit 1) as says, max(generation) as read
       from ${projection}.partitions
     having max(generation) is not null
        and not coalesce(bool_or(generation = (select live_generation from ${projection}.projection limit 1)), false)`,
  );
  return rows[0];
};

/** The rows of a query, some at a time, all of one snapshot. */
export async function* pagesOf<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  query: string,
  values: unknown[],
  pageSize = 5_000,
): AsyncGenerator<Row[]> {
  const client = await pool.connect();
  try {
    await client.query('begin read only');
    await client.query(`declare page no scroll cursor for ${query}`, values);
    for (;;) {
      const { rows } = await client.query<Row>(`fetch ${pageSize} from page`);
      if (rows.length === 0) return;
      yield rows;
    }
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}

/** A message that waits to be sent. */
export interface WaitingMessage {
  position: number | null;
  key: string;
  payload: Buffer | null;
  partition: number;
  /** What the message will say of its position. */
  header: string | null;
}

/** The messages of a topic that still wait in the outbox. */
export async function* waitingMessages(pool: pg.Pool, topic: string): AsyncGenerator<WaitingMessage[]> {
  const pages = pagesOf<Omit<WaitingMessage, 'position'> & { position: string | null }>(
    pool,
    `select position, key, payload, partition, "event-position" as header from orders.outbox where aggregatetype = $1`,
    [topic],
  );
  for await (const rows of pages) {
    yield rows.map((row) => ({ ...row, position: row.position === null ? null : Number(row.position) }));
  }
}

/** Messages that wait for a topic to which nobody writes by way of the outbox; the first hundred. */
export const misdirected = async (
  pool: pg.Pool,
  topics: readonly string[],
): Promise<{ topic: string; key: string }[]> => {
  const { rows } = await pool.query<{ topic: string; key: string }>(
    'select aggregatetype as topic, key from orders.outbox where aggregatetype <> all ($1) order by seq limit 100',
    [topics],
  );
  return rows;
};

/** What the audit holds of a fact; `data` as text. */
export interface AuditFact {
  position: number | null;
  order: string;
  version: number;
  eventId: string;
  type: string;
  schemaVersion: number;
  occurredAt: number;
  recordedAt: number;
  metadata: Metadata;
  /** Null: it did not know the type. */
  data: string | null;
  previousHash: Buffer;
  hash: Buffer;
  hashHolds: boolean | null;
  /** The hash of what was heard, as hex; of a type that it did not know, another. */
  digest: string;
  money: SaysOfMoney;
  /** Where its position is counted: in which block of a thousand, at which place of it, and that squared. */
  block: [block: number, place: number, placeSquared: number];
}

/** What the audit holds, by position; facts without one first. */
export async function* auditFacts(pool: pg.Pool, upTo: number, order?: string): AsyncGenerator<AuditFact[]> {
  type Numbers = 'position' | 'occurredAt' | 'recordedAt';
  const pages = pagesOf<Omit<AuditFact, Numbers> & Record<Numbers, string | null>>(
    pool,
    `select position, order_id as "order", version, event_id as "eventId", type, schema_version as "schemaVersion",
            ${microseconds('occurred_at')} as "occurredAt", ${microseconds('recorded_at')} as "recordedAt",
            json_build_object('actor', actor, 'reason', reason, 'correlationId', correlation_id, 'causationId', causation_id,
                              'commandId', command_id, 'origin', origin) as metadata,
            data::text as data, previous_hash as "previousHash", hash, hash_holds as "hashHolds", digest,
            json_build_object('currency', currency, 'total', total, 'captured', captured, 'refunded', refunded,
                              'claims', claims) as money,
            array[block, place, place_squared] as block
       from audit.facts
      where generation = (select live_generation from audit.projection)
        and (position is null or position <= $1) and ($2::text is null or order_id = $2)
      order by position nulls first, digest`,
    [upTo, order ?? null],
  );
  for await (const rows of pages) {
    yield rows.map((row) => ({
      ...row,
      position: row.position === null ? null : Number(row.position),
      occurredAt: Number(row.occurredAt),
      recordedAt: Number(row.recordedAt),
    }));
  }
}

/** Types of facts, or versions of their shapes, that the audit did not know when it heard them. */
export const unknownToAudit = async (pool: pg.Pool): Promise<Set<string>> =>
  new Set((await pool.query<{ type: string }>('select type from audit.unknown_types')).rows.map(({ type }) => type));

/** Facts of the audit at positions behind the store's last, of one moment: it hears of none before the store has it. */
export const heardBeyond = async (pool: pg.Pool, order?: string): Promise<(Named & { position: number })[]> => {
  const { rows } = await pool.query<Named & { position: string }>(
    `select order_id as "order", version, position from audit.facts
      where generation = (select live_generation from audit.projection) and ($1::text is null or order_id = $1)
        and position > (select coalesce(max(position), 0) from orders.events)
      order by facts.position limit 1000`,
    [order ?? null],
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
};

/** A number that the audit counts by, and that is not what its facts come to. */
export interface WrongCount {
  order: string | null;
  what: string;
}

/** What the audit has counted and its facts do not come to: facts of an order, and of a block of positions. */
export const wrongCounts = async (pool: pg.Pool): Promise<WrongCount[]> => {
  const { rows } = await pool.query<WrongCount>(
    `with live as (select live_generation as generation from audit.projection),
          told as (select order_id, facts, last_version from audit.orders join live using (generation)),
          held as (select order_id, count(*) as facts, max(version) as last_version
                     from audit.facts join live using (generation) group by order_id),
          said as (select block, sum(entries) as entries, sum(place) as place, sum(place_squared) as place_squared
                     from audit.position_blocks join live using (generation) group by block),
          made as (select block, count(*) as entries, sum(place) as place, sum(place_squared) as place_squared
                     from audit.facts join live using (generation) group by block)
     (select order_id as "order",
             format('the audit says that it has %s facts of the order up to version %s, and it has %s up to version %s',
                    coalesce(told.facts, 0), coalesce(told.last_version, 0), coalesce(held.facts, 0),
                    coalesce(held.last_version, 0)) as what
        from told full join held using (order_id)
       where (coalesce(told.facts, 0), coalesce(told.last_version, 0))
          <> (coalesce(held.facts, 0), coalesce(held.last_version, 0))
       order by order_id limit 1000)
     union all
     (select null, format('the audit counts %s facts at the positions from %s to %s, and it has %s: its own count was changed',
                          coalesce(said.entries, 0), block * 1000 + 1, block * 1000 + 1000, coalesce(made.entries, 0))
        from said full join made using (block)
       where (coalesce(said.entries, 0), coalesce(said.place, 0), coalesce(said.place_squared, 0))
          <> (coalesce(made.entries, 0), coalesce(made.place, 0), coalesce(made.place_squared, 0))
       order by block limit 1000)`,
  );
  return rows;
};

/** What one line of a fact brought or gave back, as revenue has it and as the fact says it; all of it as texts. */
export interface Entry {
  line: string;
  sku: string;
  day: string;
  currency: string;
  captured: string;
  refunded: string;
  units: string;
  type: string;
  /** Microseconds. */
  occurred: string;
}

/** What revenue has of a fact, by line. */
export interface Counted extends Named {
  entries: Entry[];
}

export async function* revenueFacts(pool: pg.Pool, order?: string): AsyncGenerator<Counted[]> {
  yield* pagesOf<Counted>(
    pool,
    `select order_id as "order", version,
            json_agg(json_build_object(
              'line', line::text, 'sku', sku, 'day', day::text, 'currency', currency, 'captured', captured::text,
              'refunded', refunded::text, 'units', units::text, 'type', type,
              'occurred', ${microseconds('occurred_at')}) order by line) as entries
       from revenue.entries
      where generation = (select live_generation from revenue.projection) and ($1::text is null or order_id = $1)
      group by order_id, version`,
    [order ?? null],
  );
}

/** Sums of a SKU, a day and a currency, in minor units and units of goods. */
export interface WrongTotal extends Record<
  'captured' | 'refunded' | 'units' | 'entries',
  [said: string, made: string]
> {
  sku: string;
  day: string;
  currency: string;
}

/** The totals that revenue answers with and that are not the sums of its entries. One statement, and so of one moment. */
export const wrongTotals = async (pool: pg.Pool, limit: number): Promise<WrongTotal[]> => {
  const sums = ['captured', 'refunded', 'units', 'entries'] as const;
  const each = (of: (sum: (typeof sums)[number]) => string, between: string) => sums.map(of).join(between);
  const { rows } = await pool.query<WrongTotal>(
    `with live as (select live_generation as generation from revenue.projection),
          said as (select day, sku, currency, ${each((sum) => `sum(${sum}) as ${sum}`, ', ')}
                     from revenue.totals join live using (generation) group by day, sku, currency),
          made as (select day, sku, currency, sum(captured) as captured, sum(refunded) as refunded, sum(units) as units,
                          count(*) as entries
                     from revenue.entries join live using (generation) group by day, sku, currency)
     select sku, day::text, currency,
            ${each((sum) => `array[coalesce(said.${sum}, 0)::text, coalesce(made.${sum}, 0)::text] as ${sum}`, ', ')}
       from said full join made using (day, sku, currency)
      where ${each((sum) => `coalesce(said.${sum}, 0) <> coalesce(made.${sum}, 0)`, ' or ')}
      order by day, sku, currency limit $1`,
    [limit],
  );
  return rows;
};

export interface KeptSnapshot extends Named {
  state: string;
  hash: Buffer;
}

/** The states that order-service keeps of orders, by order and version; few at a time, for a long order's is large. */
export async function* keptSnapshots(
  pool: pg.Pool,
  shapePrefix: string,
  order?: string,
): AsyncGenerator<KeptSnapshot[]> {
  const pages = pagesOf<KeptSnapshot & { version: string | number }>(
    pool,
    `select stream_id as "order", version, state::text as state, hash from orders.snapshots
      where starts_with(shape, $1) and ($2::text is null or stream_id = $2) order by stream_id, version`,
    [shapePrefix, order ?? null],
    20,
  );
  for await (const rows of pages) yield rows.map((row) => ({ ...row, version: Number(row.version) }));
}

/** The checkpoints that the audit keeps, the smallest first, and whether it says that Kafka had them. */
export const keptCheckpoints = async (
  pool: pg.Pool,
): Promise<{ checkpoint: CheckpointMessage; published: boolean }[]> => {
  const { rows } = await pool.query<
    Omit<CheckpointMessage, 'treeSize' | 'issuedAt'> & { treeSize: string; issuedAt: string; published: boolean }
  >(
    `select tree_size as "treeSize", root_hash as "rootHash", ${microseconds('issued_at')} as "issuedAt", origin,
            key_id as "keyId", signature, published_at is not null as published
       from audit.checkpoints order by tree_size`,
  );
  return rows.map(({ published, ...row }) => ({
    checkpoint: { ...row, treeSize: Number(row.treeSize), issuedAt: Number(row.issuedAt) },
    published,
  }));
};

/** How many facts the tree is over that the audit keeps. */
export const keptTreeSize = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ size: string }>(
    `select coalesce(max(index * ${TILE_WIDTH} + octet_length(hashes) / ${HASH_BYTES}), 0) as size from audit.tree_tiles where level = 0`,
  );
  return Number(rows[0]!.size);
};

/** The public keys, PEM, that the audit says it has signed with, and what it calls them. */
export const signingKeys = async (pool: pg.Pool): Promise<{ keyId: string; publicKey: string }[]> =>
  (
    await pool.query<{ keyId: string; publicKey: string }>(
      'select key_id as "keyId", public_key as "publicKey" from audit.signing_keys',
    )
  ).rows;

/** The tree that the audit keeps: all of it, or the tiles at these places. */
export const keptTiles = async (
  pool: pg.Pool,
  places?: readonly { level: number; index: number }[],
): Promise<Tile[]> => {
  const some = `join unnest($1::integer[], $2::bigint[]) as wanted (level, index) using (level, index)`;
  const { rows } = await pool.query<{ level: number; index: string; hashes: Buffer }>(
    `select level, index, hashes from audit.tree_tiles ${places ? some : ''} order by level, index`,
    places ? [places.map(({ level }) => level), places.map(({ index }) => index)] : [],
  );
  return rows.map(({ level, index, hashes }) => ({ level, index: Number(index), hashes }));
};
