import type pg from 'pg';
import type { Tail } from '../republishing/send-tails.js';

/**
 * The store beside what was read of its topics, in tables of this session alone: what is compared may be larger than memory.
 * They go with the connection.
 */
export async function beginComparison(
  client: pg.Client,
  topics: { events: string; state: string },
): Promise<{ head: number }> {
  await client.query('set transaction_timeout = 0'); // the role's is for those who keep others waiting
  await client.query(`
    -- What stands on the topic of facts: of each key each content once, where its last copy is. Hash '': no fact can be read.
    create temp table copies (
      key           text collate "C" not null,
      hash          bytea not null,
      "offset"      bigint not null,
      position      bigint,
      stream        text collate "C",
      version       bigint,
      recorded_at   bigint,
      previous_hash bytea,
      key_id        text, -- of the customer's key that the fact is sealed with
      forgets       text, -- the id of the customer's key that the fact says is destroyed
      unread        text, -- a newer release's name for it
      payload       bytea, -- of what may have to come back
      primary key (key, hash)
    );
    create index on copies (position);
    -- Which version of an order its last message on the topic of states is of; none: that message says nothing.
    create temp table states (order_id text collate "C" primary key, version bigint);
    create temp table waiting (topic text, key text collate "C", seq bigint, position bigint, version bigint, primary key (topic, key))`);
  await client.query('begin isolation level repeatable read');
  await client.query(
    `insert into waiting
     select distinct on (aggregatetype, key) aggregatetype, key, seq, position, "order-version"::bigint
     from orders.outbox where aggregatetype in ($1, $2) order by aggregatetype, key, seq desc`,
    [topics.events, topics.state],
  );
  const head = await storeHead(client);
  await client.query('commit');
  return { head };
}

/** The position of the store's last fact; 0: there is none. */
export const storeHead = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query<{ position: string }>(
    'select coalesce(max(position), 0) as position from orders.events',
  );
  return Number(rows[0]!.position);
};

/** A message of the topic of facts; without `stream`: one that holds no fact. */
export interface Copy {
  key: string;
  offset: number;
  hash: Buffer;
  position?: number;
  stream?: string;
  version?: number;
  recordedAt?: number;
  previousHash?: Buffer;
  keyId?: string;
  forgets?: string;
  unread?: string;
  payload?: Buffer;
}

/** Notes messages of one partition, in the order of their offsets. */
export async function noteCopies(client: pg.Client, copies: readonly Copy[]): Promise<void> {
  const last = new Map(copies.map((copy) => [`${copy.key} ${copy.hash.toString('hex')}`, copy]));
  const hex = (bytes: Buffer | undefined) => bytes?.toString('hex');
  const rows = [...last.values()].map((copy) => ({
    ...copy,
    ...{ hash: hex(copy.hash), previousHash: hex(copy.previousHash), payload: hex(copy.payload) },
  }));
  await client.query({
    name: 'note-copies',
    text: `insert into copies
      select key, decode(hash, 'hex'), "offset", position, stream, version, "recordedAt", decode("previousHash", 'hex'),
             "keyId", forgets, unread, decode(payload, 'hex')
      from json_to_recordset($1) as copy (key text, hash text, "offset" bigint, position bigint, stream text, version bigint,
        "recordedAt" bigint, "previousHash" text, "keyId" text, forgets text, unread text,
        payload text)
      on conflict (key, hash) do update
      set "offset" = excluded."offset", position = excluded.position, payload = excluded.payload`,
    values: [JSON.stringify(rows)],
  });
}

/** Notes what the last messages of the topic of states are of, in the order of their offsets. */
export async function noteStates(
  client: pg.Client,
  states: readonly { orderId: string; version: number | null }[],
): Promise<void> {
  const last = [...new Map(states.map((state) => [state.orderId, state])).values()];
  await client.query({
    name: 'note-states',
    text: `insert into states select "orderId", version from json_to_recordset($1) as state ("orderId" text, version bigint)
      on conflict (order_id) do update set version = excluded.version`,
    values: [JSON.stringify(last)],
  });
}

/** Once all is noted: tables of a session are looked at by nobody else. */
export const learnSizes = async (client: pg.Client): Promise<void> => {
  await client.query('analyze copies; analyze states; analyze waiting');
};

/**
 * From here on nothing is recorded at an instant that is over by Postgres's clock: whoever was told before the restore what
 * was known then is told the same again.
 */
export const settleUpToNow = async (client: pg.Client): Promise<void> => {
  await client.query('select orders.settle_instant(orders.microseconds(clock_timestamp()))');
};

/** Whether no fact was read at all. */
export const hasNoFact = async (client: pg.Client): Promise<boolean> =>
  (await client.query(`select from copies where hash <> '' limit 1`)).rows.length === 0;

/** Two facts at one position. */
export interface Fork {
  position: number;
  store: { order: string; version: number; type: string; recordedAt: number };
  topic: { order: string; version: number; recordedAt: number };
  /** So many facts, of so many orders, the store holds from there on. */
  facts: number;
  orders: number;
  /** Some of these orders. */
  examples: string[];
}

/**
 * The first position at which the store has another fact than the one that the topic had there first. A fact that the topic
 * knows under another position is none: it was moved, for what stood before it is lost.
 */
export async function firstFork(client: pg.Client): Promise<Fork | undefined> {
  const { rows } = await client.query<Record<string, string>>(
    `select event.position, event.stream_id, event.version, event.type, orders.microseconds(event.recorded_at) as recorded_at,
            copy.stream as topic_stream, copy.version as topic_version, copy.recorded_at as topic_recorded_at
     from copies copy
     join orders.events event on event.position = copy.position and event.hash <> copy.hash
     left join copies own on own.key = event.stream_id || ':' || event.version and own.hash = event.hash
     where own.key is null
        or own.position = event.position and copy.recorded_at < orders.microseconds(event.recorded_at)
     order by event.position, copy.recorded_at limit 1`,
  );
  const first = rows[0];
  if (!first) return undefined;
  const { rows: later } = await client.query<{ facts: string; orders: string; examples: string[] }>(
    `select count(*) as facts, count(distinct stream_id) as orders,
            (select array_agg(stream_id) from (
               select stream_id from orders.events where position >= $1 group by stream_id order by min(position) limit 10
             ) named) as examples
     from orders.events where position >= $1`,
    [first['position']],
  );
  return {
    position: Number(first['position']),
    store: {
      ...{ order: first['stream_id']!, version: Number(first['version']), type: first['type']! },
      recordedAt: Number(first['recorded_at']),
    },
    topic: {
      ...{ order: first['topic_stream']!, version: Number(first['topic_version']) },
      recordedAt: Number(first['topic_recorded_at']),
    },
    facts: Number(later[0]!.facts),
    orders: Number(later[0]!.orders),
    examples: later[0]!.examples,
  };
}

/** What the topic has and the store lacks. */
export interface Missing {
  facts: number;
  orders: number;
  from: { position: number; recordedAt: number };
  to: { position: number; recordedAt: number };
  /** Names of those that only a newer release can read. */
  unread: string[];
}

/**
 * Chooses what is to come back: of what lies behind the store's last fact and is not in it, at each position the fact that
 * was recorded first.
 * @returns undefined where there is nothing
 */
export async function chooseMissing(client: pg.Client): Promise<Missing | undefined> {
  await client.query(`
    create temp table missing as
    select distinct on (copy.position) copy.* from copies copy
    where copy.position > (select coalesce(max(position), 0) from orders.events)
      and not exists (select from orders.events where stream_id = copy.stream and version = copy.version)
    order by copy.position, copy.recorded_at, copy."offset";
    alter table missing add primary key (position);
    analyze missing`);
  const { rows } = await client.query<{
    facts: string;
    orders: string;
    from: { position: number; recordedAt: number };
    to: { position: number; recordedAt: number };
    unread: string[];
  }>(
    `select count(*) as facts, count(distinct stream) as orders,
            (select to_json(first) from (select position, recorded_at as "recordedAt" from missing order by position limit 1) first) as from,
            (select to_json(last) from (select position, recorded_at as "recordedAt" from missing order by position desc limit 1) last) as to,
            coalesce(array_agg(distinct unread) filter (where unread is not null), '{}') as unread
     from missing`,
  );
  const found = rows[0]!;
  if (Number(found.facts) === 0) return undefined;
  return { ...found, facts: Number(found.facts), orders: Number(found.orders) };
}

/** Positions that nobody has, between facts of which the one is there and the other comes back. */
export interface Gap {
  from: number;
  to: number;
}

/** Of what is to come back, the positions between that the topic does not have. @returns the first hundred, and how many positions */
export async function gapsBefore(client: pg.Client, head: number): Promise<{ gaps: Gap[]; positions: number }> {
  const { rows } = await client.query<{ from: string; to: string }>(
    `select before + 1 as from, position - 1 as to
     from (select position, lag(position, 1, $1::bigint) over (order by position) as before from missing) as pairs
     where position <> before + 1 order by position`,
    [head],
  );
  const gaps = rows.map(({ from, to }) => ({ from: Number(from), to: Number(to) }));
  return { gaps: gaps.slice(0, 100), positions: gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0) };
}

/** The first fact to come back that does not follow its order's fact before it, or was recorded no later than the one before. */
export async function firstBreak(
  client: pg.Client,
): Promise<{ position: number; order: string; version: number; what: string } | undefined> {
  const { rows } = await client.query<{ position: string; stream: string; version: string; what: string }>(
    `select fact.position, fact.stream, fact.version,
            case when fact.version <> before.version + 1
                   then 'version ' || before.version + 1 || ' of the order is not there before it'
                 when fact.previous_hash <> before.hash then 'it does not follow the hash of the order’s fact before it'
                 else 'it was recorded no later than the fact before it' end as what
     from (
       select *, lag(version) over of_stream as version_before, lag(hash) over of_stream as hash_before,
              lag(recorded_at) over (order by position) as recorded_before
       from missing window of_stream as (partition by stream order by position)
     ) fact
     left join lateral (
       select version, hash from orders.events
       where fact.version_before is null and stream_id = fact.stream order by version desc limit 1
     ) kept on true
     left join (select orders.microseconds(recorded_at) as recorded_at from orders.events order by position desc limit 1) head on true
     cross join lateral (
       select coalesce(fact.version_before, kept.version, 0) as version,
              coalesce(fact.hash_before, kept.hash, decode(repeat('00', 32), 'hex')) as hash,
              coalesce(fact.recorded_before, head.recorded_at) as recorded_at
     ) before
     where fact.version <> before.version + 1 or fact.previous_hash <> before.hash or fact.recorded_at <= before.recorded_at
     order by fact.position limit 1`,
  );
  const found = rows[0];
  return (
    found && {
      ...{ position: Number(found.position), order: found.stream, version: Number(found.version), what: found.what },
    }
  );
}

/** The next of what is to come back, behind a position of the topic. */
export async function nextMissing(
  client: pg.Client,
  after: number,
  limit: number,
): Promise<{ position: number; payload: Buffer }[]> {
  const { rows } = await client.query<{ position: string; payload: Buffer }>({
    name: 'next-missing',
    text: 'select position, payload from missing where position > $1 order by position limit $2',
    values: [after, limit],
  });
  return rows.map(({ position, payload }) => ({ position: Number(position), payload }));
}

/** Customers' keys that facts are sealed with, that the store has not, and that no fact, also of those to come back, says are destroyed. */
export async function lostKeys(client: pg.Client): Promise<{ keys: number; orders: number }> {
  const { rows } = await client.query<{ keys: string; orders: string }>(
    `select count(distinct key_id) as keys, count(distinct stream) as orders
     from (
       select key_id, stream from missing where key_id is not null
       union
       select data -> 'customer' ->> 'keyId', stream_id from orders.events where version = 1 and data ? 'customer'
     ) sealed
     where not exists (select from orders.customer_keys key where key.key_id::text = sealed.key_id)
       and not exists (
         select from orders.events where type = 'CustomerForgotten' and data ->> 'keyId' = sealed.key_id
       )
       and not exists (select from missing where forgets = sealed.key_id)`,
  );
  return { keys: Number(rows[0]!.keys), orders: Number(rows[0]!.orders) };
}

/**
 * The orders whose messages do not stand as they must once compaction has run: of each fact the last copy is the fact itself,
 * at its position, and the last copies are in the order of versions; the last state is of the last version. What waits in the
 * outbox counts, for it comes behind all that is there.
 * @param head of the store before its topics were read: what is newer, and on no topic, is on its way
 * @returns from which version on they must be sent again; one more than the last: only the state
 */
export async function outOfOrder(
  client: pg.Client,
  head: number,
  topics: { events: string; state: string },
): Promise<Tail[]> {
  const { rows } = await client.query<{ stream_id: string; from_version: string }>(
    `with last as (
       select distinct on (key) key, hash, position, "offset" from copies order by key, "offset" desc
     ), placed as (
       select event.stream_id, event.version,
              coalesce(waiting.position = event.position, last.hash = event.hash and last.position = event.position, false) as is_right,
              coalesce((1::bigint << 62) + waiting.seq, last."offset") as place
       from orders.events event
       left join last on last.key = event.stream_id || ':' || event.version
       left join waiting on waiting.topic = $2 and waiting.key = event.stream_id || ':' || event.version
       where event.position <= $1
          or exists (select from copies where key = event.stream_id || ':' || event.version and hash = event.hash)
     ), ranked as (
       select *, max(place) over (
                partition by stream_id order by version rows between unbounded preceding and 1 preceding
              ) as before
       from placed
     ), wrong as (
       select stream_id, max(version) as last_version, min(version) filter (where not is_right or place < before) as first_wrong
       from ranked group by stream_id
     )
     select stream_id, coalesce(first_wrong, last_version + 1) as from_version
     from wrong
     left join states on states.order_id = stream_id
     left join waiting on waiting.topic = $3 and waiting.key = stream_id
     where first_wrong is not null or coalesce(waiting.version, states.version, 0) < last_version
     order by stream_id`,
    [head, topics.events, topics.state],
  );
  return rows.map(({ stream_id, from_version }) => ({ order: stream_id, fromVersion: Number(from_version) }));
}

/** Facts on the topic, under keys or at positions of their own, that the store does not have. */
export async function foreignFacts(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ facts: string }>(
    `select count(*) as facts from copies copy
     where hash <> '' and not exists (
       select from orders.events event where event.stream_id = copy.stream and event.version = copy.version and event.hash = copy.hash
     )`,
  );
  return Number(rows[0]!.facts);
}
