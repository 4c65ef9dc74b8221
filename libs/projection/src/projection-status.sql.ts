import type { Queryable } from './database.js';

export interface StoredProjection {
  generation: number;
  stopped: boolean;
}

/** What is to be done (stopped or not), and which generation answers. The first question makes the row. */
export async function readProjection(tx: Queryable, schema: string, name: string): Promise<StoredProjection> {
  const read = () => tx.query(`select live_generation, stopped from ${schema}.projection where name = $1`, [name]);
  let { rows } = await read();
  if (rows.length === 0) {
    await tx.query(`insert into ${schema}.projection (name) values ($1) on conflict (name) do nothing`, [name]);
    ({ rows } = await read());
  }
  return { generation: Number(rows[0]?.['live_generation']), stopped: rows[0]?.['stopped'] === 't' };
}

/**
 * Tells every instance of the projection to leave its group, or to join it again; they look every second. From a start on
 * it is not known where a partition stands until someone has taken it.
 */
export async function setStopped(tx: Queryable, schema: string, name: string, stopped: boolean): Promise<void> {
  await tx.query(
    `insert into ${schema}.projection as known (name, stopped, started_at)
     values ($1, $2::boolean, clock_timestamp())
     on conflict (name) do update
     set stopped = excluded.stopped,
         started_at = case when known.stopped and not excluded.stopped then excluded.started_at else known.started_at end`,
    [name, stopped],
  );
}

export interface StoredPartition {
  topic: string;
  partition: number;
  offset: number;
  reached: number;
  replaying: boolean;
  /** Nobody has taken it since the projection was told to start: where the group stands is not known yet. */
  untaken: boolean;
  holes: { from: number; to: number }[];
}

export async function readPartitions(tx: Queryable, schema: string, generation: number): Promise<StoredPartition[]> {
  const { rows } = await tx.query(
    `select topic, partition, next_offset, reached, replay_from is not null as replaying,
            taken_at < (select max(started_at) from ${schema}.projection) as untaken,
            (select json_agg(json_build_object('from', lower(hole), 'to', upper(hole)) order by lower(hole))
             from unnest(holes) hole) as holes
     from ${schema}.partitions where generation = $1::integer order by topic, partition`,
    [generation],
  );
  return rows.map((row) => ({
    topic: row['topic'] as string,
    partition: Number(row['partition']),
    offset: Number(row['next_offset']),
    reached: Number(row['reached']),
    replaying: row['replaying'] === 't',
    untaken: row['untaken'] === 't',
    holes: row['holes'] == null ? [] : (JSON.parse(row['holes']) as { from: number; to: number }[]),
  }));
}

export interface ParkedStream {
  stream: string;
  topic: string;
  partition: number;
  firstOffset: number;
  error: string;
  /** RFC 3339. */
  parkedAt: string;
  messages: number;
}

/** Parked streams, the oldest first. */
export async function readParked(tx: Queryable, schema: string, generation: number): Promise<ParkedStream[]> {
  const { rows } = await tx.query(
    `select stream, topic, partition, first_offset, error,
            to_char(parked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as parked_at,
            (select count(*) from ${schema}.parked_messages waiting
             where waiting.generation = parked.generation and waiting.topic = parked.topic
               and waiting.stream = parked.stream) as messages
     from ${schema}.parked_streams parked
     where generation = $1::integer
     order by parked.parked_at, stream
     limit 1000`,
    [generation],
  );
  return rows.map((row) => ({
    stream: row['stream'] as string,
    topic: row['topic'] as string,
    partition: Number(row['partition']),
    firstOffset: Number(row['first_offset']),
    error: row['error'] as string,
    parkedAt: row['parked_at'] as string,
    messages: Number(row['messages']),
  }));
}

export interface UnknownType {
  type: string;
  topic: string;
  partition: number;
  firstOffset: number;
}

export async function readUnknownTypes(tx: Queryable, schema: string, generation: number): Promise<UnknownType[]> {
  const { rows } = await tx.query(
    `select type, topic, partition, first_offset from ${schema}.unknown_types
     where generation = $1::integer order by topic, partition, type limit 1000`,
    [generation],
  );
  return rows.map((row) => ({
    type: row['type'] as string,
    topic: row['topic'] as string,
    partition: Number(row['partition']),
    firstOffset: Number(row['first_offset']),
  }));
}
