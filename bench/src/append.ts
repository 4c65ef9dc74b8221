/**
 * What an append costs: the library at 64 concurrent writers, one new event each with its outbox row, durable; beside it, in
 * the same run and on the same Postgres, one SQL function call for each event (what one gets without batching), from node and
 * from pgbench where that is on the PATH, and Emmett.
 * Turn by turn, in several rounds, of which the median counts: what else the machine does, it does to all of them. Before
 * each turn what the one before it left to do (vacuum, checkpoint) is done: it would be paid for by the next one.
 * And whether the 10,001st event of a stream costs more than the first.
 * With --preloaded N also: a store with N events of other streams in its table and one with none, turn by turn.
 *     npm run bench -- append [--json] [--seconds 3] [--rounds 3] [--writers 64] [--preloaded 20000000]
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { STREAM_DOES_NOT_EXIST } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import {
  EventStore,
  migrateEventStore,
  newId,
  type Append,
  type NewEvent,
  type OutboxMessage,
  type StoredEvent,
} from '@orderlog/event-store';
import { now } from '@orderlog/instant';
import { Client, Pool } from 'pg';
import { readArguments, report, type Entry } from './measuring/report.js';
import { measureWriters, type Measured } from './measuring/writers.js';

const { json, seconds, rounds, writers, preloaded } = readArguments({
  seconds: 3,
  rounds: 3,
  writers: 64,
  preloaded: 0,
});
const payload = randomBytes(400);

const data = () => ({
  currency: 'GBP',
  customerId: 'c-5f2d',
  lines: [
    { line: 1, sku: '85123A', quantity: 6, unitPrice: 255, amount: 1530 },
    { line: 2, sku: '71053', quantity: 6, unitPrice: 339, amount: 2034 },
  ],
  total: 3564,
});
const fact = (): NewEvent => ({
  type: 'OrderPlaced',
  schemaVersion: 1,
  data: data(),
  metadata: { actor: 'bench', correlationId: '0192f1c4-5b1e-7000-8000-000000000000' },
  occurredAt: now(),
});
const message = (event: StoredEvent): OutboxMessage => ({
  topic: 'orders.events.v1',
  key: `${event.stream}:${event.version}`,
  partition: event.position % 6,
  aggregateId: event.stream,
  type: event.type,
  payload,
  headers: {
    'event-id': event.eventId,
    'event-type': event.type,
    'order-id': event.stream,
    'order-version': String(event.version),
    'event-position': String(event.position),
  },
  timestamp: event.recordedAt,
  position: event.position,
});
const placed = (more: Partial<Append> = {}): Append => ({
  stream: newId(),
  expectedVersion: 'none',
  events: [fact()],
  messages: (events) => events.map(message),
  ...more,
});

/** As plain as can be: no chain, no dense positions, no lock, a sequence for the position; the same sizes and indexes. */
const oneCallEach = `
  create schema one_call;
  create table one_call.events (
    position bigint generated always as identity primary key, stream_id text collate "C" not null, version bigint not null,
    event_id uuid not null, type text not null, data jsonb not null, metadata jsonb not null,
    occurred_at timestamptz not null, recorded_at timestamptz not null default clock_timestamp(),
    unique (stream_id, version));
  create table one_call.outbox (
    seq bigint generated always as identity, topic text not null, aggregate_id text not null, type text not null,
    key text not null, partition integer not null, position bigint not null, payload bytea not null,
    timestamp timestamptz not null, primary key (partition, seq));
  create function one_call.append(stream text, expected bigint, id uuid, type text, data jsonb, metadata jsonb,
                                  occurred timestamptz, topic text, partition integer, payload bytea) returns bigint
  language plpgsql as $$
  declare at bigint;
  begin
    insert into one_call.events (stream_id, version, event_id, type, data, metadata, occurred_at)
    values (stream, expected + 1, id, type, data, metadata, occurred) returning position into at;
    insert into one_call.outbox (topic, aggregate_id, type, key, partition, position, payload, timestamp)
    values (topic, stream, type, stream || ':' || (expected + 1), partition, at, payload, clock_timestamp());
    return at;
  end $$;`;

async function placeIn(store: EventStore, more?: Partial<Append>): Promise<void> {
  const { outcome } = await store.append(placed(more));
  if (outcome !== 'appended') throw new Error(`not appended but ${outcome}`);
}

async function measureOneCallEach(url: string, connections: number): Promise<Measured> {
  const pool = new Pool({ connectionString: url, max: connections });
  let count = 0;
  const measured = await measureWriters(writers, seconds, () =>
    pool.query({
      name: 'append',
      text: 'select one_call.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
      values: [
        newId(),
        0,
        newId(),
        'OrderPlaced',
        JSON.stringify(data()),
        '{"actor":"bench"}',
        new Date(),
        'orders.events.v1',
        count++ % 6,
        payload,
      ],
    }),
  );
  await pool.end();
  return measured;
}

/** The same call from Postgres's own load generator, which is written in C. @returns undefined where it is not there */
async function measurePgbench(url: string, connections: number): Promise<number | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'orderlog-pgbench-'));
  try {
    const script = join(folder, 'append.sql');
    await writeFile(
      script,
      `select one_call.append(gen_random_uuid()::text, 0, gen_random_uuid(), 'OrderPlaced', '${JSON.stringify(data())}',
         '{"actor":"bench"}', now(), 'orders.events.v1', (random() * 5)::integer, '\\x${payload.toString('hex')}')`.replaceAll(
        '\n',
        ' ',
      ),
    );
    const { stdout } = await promisify(execFile)('pgbench', [
      '-n',
      '-M',
      'prepared',
      '-c',
      `${connections}`,
      '-T',
      `${Math.ceil(seconds)}`,
      '-f',
      script,
      url,
    ]);
    return Number(/tps = ([\d.]+)/.exec(stdout)![1]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The one with which it goes faster. */
async function betterOf(counts: number[], measure: (count: number) => Promise<Measured>): Promise<number> {
  const rates: { count: number; rate: number }[] = [];
  for (const count of counts) rates.push({ count, rate: (await measure(count)).rate });
  return rates.reduce((best, each) => (each.rate > best.rate ? each : best)).count;
}

const median = (measured: Measured[]): Measured =>
  measured.toSorted((one, other) => one.rate - other.rate)[measured.length >> 1]!;

async function measureEmmett(url: string): Promise<Measured> {
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  const measured = await measureWriters(writers, seconds, () =>
    store.appendToStream(newId(), [{ type: 'OrderPlaced', data: data(), metadata: { actor: 'bench' } }], {
      expectedStreamVersion: STREAM_DOES_NOT_EXIST,
    }),
  );
  await store.close();
  return measured;
}

/** Median milliseconds of an append to a stream of 10,000 events, and of one to a new stream, turn by turn. */
async function measureLongStream(store: EventStore): Promise<{ long: number; fresh: number }> {
  const stream = newId();
  for (let version = 0; version < 10_000; version += 500)
    await store.appendMany([{ stream, expectedVersion: version, events: Array.from({ length: 500 }, fact) }]);
  const times = { long: [] as number[], fresh: [] as number[] };
  const timed = async (into: number[], append: Append): Promise<void> => {
    const started = performance.now();
    const { outcome } = await store.append(append);
    if (outcome !== 'appended') throw new Error(`not appended but ${outcome}`);
    into.push(performance.now() - started);
  };
  for (let round = 0; round < 1_000; round++) {
    await timed(times.long, placed({ stream, expectedVersion: 10_000 + round }));
    await timed(times.fresh, placed());
  }
  const middle = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1]!;
  return { long: middle(times.long), fresh: middle(times.fresh) };
}

/** A store with so many events, and one without any, turn by turn. */
async function measureFull(): Promise<{ full: Measured; empty: Measured }> {
  const [full, empty] = await Promise.all(['full', 'empty'].map(createDatabase));
  await preload(full!.owner);
  const measured: Record<'full' | 'empty', Measured[]> = { full: [], empty: [] };
  const turns = [
    { addresses: empty!, into: measured.empty },
    { addresses: full!, into: measured.full },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { addresses, into } of turns) {
      const store = new EventStore({ connectionString: addresses.orders });
      await tidy(addresses.owner);
      into.push(await measureWriters(writers, seconds, () => placeIn(store)));
      await store.close();
    }
  }
  return { full: median(measured.full), empty: median(measured.empty) };
}

/** Postgres's own work behind what was written, which it would begin at some time of its choosing. */
async function tidy(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('vacuum analyze');
  await client.query('checkpoint');
  await client.end();
}

/** Events of other streams, as many as asked for, with everything but a true chain. */
async function preload(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into orders.events
     select nth, 'preloaded-' || gen_random_uuid(), 1, gen_random_uuid(), 'OrderPlaced', 1, $2, '{}', now(),
       now() - interval '1 day' + nth * interval '1 microsecond', decode(repeat('00', 32), 'hex'), sha256(nth::text::bytea)
     from generate_series(1, $1::bigint) as nth`,
    [preloaded, JSON.stringify(data())],
  );
  await client.end();
}

const server = process.env.DATABASE_URL!;
const run = `bench_append_${randomBytes(4).toString('hex')}`;
const databases: string[] = [];
const admin = new Client({ connectionString: server });
await admin.connect();

/** A database with the store's tables, for this run. @returns its address for its owner, and for who appends */
async function createDatabase(name: string): Promise<{ owner: string; orders: string }> {
  const database = `${run}_${name}`;
  await admin.query(`create database ${database}`);
  databases.push(database);
  const owner = new URL(server);
  owner.pathname = `/${database}`;
  await migrateEventStore(owner.href);
  const orders = new URL(owner);
  orders.username = orders.password = 'orders';
  return { owner: owner.href, orders: orders.href };
}

try {
  const { owner, orders } = await createDatabase('compared');
  const client = new Client({ connectionString: owner });
  await client.connect();
  const durable = await client.query<{ setting: string }>(
    `select setting from pg_settings where name in ('fsync', 'synchronous_commit')`,
  );
  if (durable.rows.some(({ setting }) => setting !== 'on')) throw new Error('fsync and synchronous_commit must be on');
  await client.query(oneCallEach);
  await client.end();

  const store = new EventStore({ connectionString: orders });
  const connections = await betterOf([16, writers], (count) => measureOneCallEach(owner, count));
  const all: Record<'library' | 'oneCall' | 'emmett', Measured[]> = { library: [], oneCall: [], emmett: [] };
  const fromPgbench: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await tidy(owner);
    all.emmett.push(await measureEmmett(owner));
    await tidy(owner);
    all.oneCall.push(await measureOneCallEach(owner, connections));
    await tidy(owner);
    const rate = await measurePgbench(owner, connections);
    if (rate !== undefined) fromPgbench.push(rate);
    await tidy(owner);
    all.library.push(await measureWriters(writers, seconds, () => placeIn(store)));
  }
  const [library, oneCall, emmett] = [median(all.library), median(all.oneCall), median(all.emmett)];
  const pgbench = fromPgbench.sort((one, other) => one - other)[fromPgbench.length >> 1];
  if (pgbench === undefined) process.stderr.write('pgbench is not on the PATH: left out.\n');
  await tidy(owner);
  const whole = await measureWriters(writers, seconds, () =>
    placeIn(store, {
      command: { scope: 'POST /orders', key: newId(), requestHash: payload.subarray(0, 32), status: 201 },
      messages: (events) => events.flatMap((event) => [message(event), message(event)]),
    }),
  );
  const { long, fresh } = await measureLongStream(store);
  await store.close();
  const behind = preloaded > 0 ? await measureFull() : undefined;

  const note = ({ p50Ms, p99Ms }: Measured): string => `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  const bench = 'append';
  const entries: Entry[] = [
    { bench, case: 'emmett', unit: 'events/s', value: emmett.rate, note: note(emmett) },
    { bench, case: 'one call for each event', unit: 'events/s', value: oneCall.rate, note: note(oneCall) },
    ...(pgbench === undefined
      ? []
      : [{ bench, case: 'one call for each event, from pgbench', unit: 'events/s', value: pgbench }]),
    {
      bench,
      case: 'event-store',
      unit: 'events/s',
      value: library.rate,
      baseline: 'emmett',
      ratio: library.rate / emmett.rate,
      note: note(library),
    },
    {
      bench,
      case: 'event-store',
      unit: 'events/s',
      value: library.rate,
      baseline: 'one call for each event',
      ratio: library.rate / oneCall.rate,
    },
    {
      bench,
      case: 'event-store, with a command and two messages each',
      unit: 'events/s',
      value: whole.rate,
      baseline: 'emmett',
      ratio: whole.rate / emmett.rate,
      note: note(whole),
    },
    { bench, case: 'one writer, a new stream', unit: 'ms', value: fresh },
    {
      bench,
      case: 'one writer, a stream of 10,000 events',
      unit: 'ms',
      value: long,
      baseline: 'one writer, a new stream',
      ratio: long / fresh,
    },
  ];
  if (behind) {
    const { full, empty } = behind;
    const baseline = 'event-store, no event in the table';
    entries.push(
      { bench, case: baseline, unit: 'events/s', value: empty.rate, note: note(empty) },
      {
        bench,
        case: `event-store, ${preloaded.toLocaleString('en')} events in the table`,
        unit: 'events/s',
        value: full.rate,
        baseline,
        ratio: full.rate / empty.rate,
        note: note(full),
      },
    );
  }
  report(entries, json);
} finally {
  for (const database of databases) await admin.query(`drop database ${database} with (force)`);
  await admin.end();
}
