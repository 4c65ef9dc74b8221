import { randomUUID } from 'node:crypto';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import { eventually, livedMs } from '@orderlog/local-stack';
import fc from 'fast-check';
import { Client } from 'pg';
import { appendBatch } from './append-batch.sql.js';
import { Batch } from './batch.js';
import { EventStore, StoreUnavailable, type Append, type AppendResult, type OutboxMessage } from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';
import { settleBatch } from './settle-batch.sql.js';
import { whatIsWrongWith } from './whole-store-check.js';

/** What happens to the line; `vanish`: the client is gone, and nobody hangs up. */
type Misfortune = 'cut-once-answered' | 'cut-and-deliver-late' | 'cut-undelivered' | 'cut-half-way' | 'vanish-half-way';

/** Stands between a store and Postgres, and cuts the line at the worst moment. */
class Wire {
  private readonly server: Server;
  /** What happens to the next bytes that hold this text; half-way: so much of them is delivered. */
  private trap: { holding: string; then: Misfortune; delivered: number } | undefined;
  private readonly sockets = new Set<Socket>();
  url = '';
  sprung = 0;
  late: Promise<void> = Promise.resolve();

  constructor(private readonly target: URL) {
    this.server = createServer((client) => this.join(client));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const url = new URL(this.target);
    url.port = String((this.server.address() as AddressInfo).port);
    this.url = url.href;
  }

  setTrap(holding: string, then: Misfortune, delivered = 0.5): void {
    this.trap = { holding, then, delivered };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
    }
    let isCut = false;
    let swallow = false;
    let end = Buffer.alloc(0);
    client.on('data', (bytes) => {
      const { trap } = this;
      if (trap && bytes.includes(trap.holding)) {
        this.trap = undefined;
        this.sprung++;
        if (trap.then === 'cut-once-answered') {
          swallow = true;
          server.write(bytes);
        } else {
          const some = bytes.subarray(0, Math.floor(trap.delivered * bytes.length));
          isCut = true;
          client.destroy();
          if (trap.then === 'cut-undelivered') server.destroy();
          else if (trap.then === 'cut-half-way') server.end(some);
          else if (trap.then === 'vanish-half-way') server.write(some);
          else
            this.late = sleep(300).then(async () => {
              server.write(bytes); // long after everyone has given it up
              await sleep(200);
              server.destroy();
            });
        }
      } else {
        server.write(bytes);
      }
    });
    server.on('data', (bytes) => {
      if (!swallow) return void (isCut || client.write(bytes));
      end = Buffer.concat([end, bytes]).subarray(-6); // an answer may come in pieces
      // ReadyForQuery, idle: the commit is done, and nobody hears of it.
      if (end.at(-6) === 0x5a && end.at(-1) === 0x49) {
        client.destroy();
        server.destroy();
      }
    });
    client.on('close', () => isCut || server.destroy());
    server.on('close', () => client.destroy());
  }
}

let database: OwnDatabase;
let wire: Wire;
let store: EventStore;
let direct: EventStore;
afterEach(() => store?.close());
beforeAll(async () => {
  database = await ownDatabase('lost_answers');
  wire = new Wire(new URL(database.ordersUrl));
  await wire.listen();
  direct = new EventStore({ connectionString: database.ordersUrl });
}, 60_000);
afterAll(async () => {
  await direct?.close();
  await wire?.close();
  await database?.drop();
});

const lit = (more: Partial<Append> = {}): Append => ({
  stream: randomUUID(),
  expectedVersion: 'none',
  events: [{ type: 'LampLit', schemaVersion: 1, data: {}, metadata: {}, occurredAt: now() }],
  ...more,
});
const toldOf = (id: string): OutboxMessage => ({
  topic: 'attempts.v1',
  key: id,
  partition: 0,
  aggregateId: id,
  type: 'Refused',
  payload: null,
  headers: {},
  timestamp: now(),
  position: null,
});
const commanded = (key: string) => ({ scope: 'POST /lamps', key, requestHash: Buffer.from('a'), status: 201 });

describe.each(['the first append of a process', 'a later one'])('the answer to %s is lost', (which) => {
  const warm = async (): Promise<void> => {
    store = new EventStore({ connectionString: wire.url });
    if (which === 'a later one') for (let round = 0; round < 3; round++) await store.append(lit());
  };

  it.each(['cut-once-answered', 'cut-and-deliver-late', 'cut-undelivered'] as const)(
    'and the caller still gets the true one, written once (%s)',
    async (then) => {
      await warm();
      const key = randomUUID();
      const sprung = wire.sprung;
      wire.setTrap('begin-batch', then);
      const append = lit({ command: commanded(key) });
      const result = await store.append(append);
      expect(wire.sprung).toBe(sprung + 1);
      expect(result).toMatchObject({ outcome: 'appended', version: 1 });
      await wire.late;
      expect(await direct.read(append.stream)).toEqual(result.outcome === 'appended' ? result.events : []);
      expect(await direct.findCommand('POST /lamps', key)).toMatchObject({ version: 1 });
      expect(whatIsWrongWith(await direct.readAll({ afterPosition: 0, limit: 1_000 }))).toEqual([]);
    },
  );

  it('and so for a command without facts', async () => {
    await warm();
    const key = randomUUID();
    wire.setTrap('begin-batch', 'cut-once-answered');
    const result = await store.append(lit({ expectedVersion: 'any', events: [], command: commanded(key) }));
    expect(result).toMatchObject({ outcome: 'appended', version: 0 });
    expect(await database.sql('select from orders.commands where key = $1', [key])).toHaveLength(1);
  });
});

it(
  'wherever the line is cut in the middle of a batch: it is kept whole, and once',
  () =>
    fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), async (delivered, isFirst) => {
        store = new EventStore({ connectionString: wire.url });
        if (!isFirst) for (let round = 0; round < 2; round++) await store.append(lit());
        const key = randomUUID();
        const sprung = wire.sprung;
        wire.setTrap('begin-batch', 'cut-half-way', delivered);
        const append = lit({ command: commanded(key), messages: () => [toldOf(key), toldOf(key)] });
        expect(await store.append(append)).toMatchObject({ outcome: 'appended', version: 1 });
        expect(wire.sprung).toBe(sprung + 1);
        const [kept] = await database.sql(
          `select (select count(*)::int from orders.events where stream_id = $1) as facts,
                (select count(*)::int from orders.outbox where aggregateid = $2) as messages,
                (select count(*)::int from orders.commands where key = $2) as commands`,
          [append.stream, key],
        );
        expect(kept).toEqual({ facts: 1, messages: 2, commands: 1 });
        await store.close();
      }),
      { numRuns: 40 },
    ),
  60_000,
);

it('a writer is gone in the middle of its rows: the others go on once its time is up', async () => {
  const own = await ownDatabase('vanished');
  await own.sql(`do $$ begin
    execute format('alter role orders in database %I set transaction_timeout = ''1s''', current_database()); end $$`);
  const line = new Wire(new URL(own.ordersUrl));
  await line.listen();
  const gone = new EventStore({ connectionString: line.url, appendTimeoutMs: 500 });
  await gone.append(lit());
  line.setTrap('begin-batch', 'vanish-half-way', 0.9); // in the middle of a COPY
  await expect(gone.append(lit())).rejects.toMatchObject({ outcome: 'unknown' });
  store = new EventStore({ connectionString: own.ordersUrl, appendTimeoutMs: 20_000 });
  expect(await store.append(lit())).toMatchObject({ outcome: 'appended' });
  expect((await store.head()).position).toBe(2);
  await gone.close();
  await store.close();
  await line.close();
  await own.drop();
}, 60_000);

it('what was settled as not written stays so: the batch can come as late as it likes', async () => {
  const client = new Client({ connectionString: database.ordersUrl });
  await client.connect();
  const batch = async (): Promise<Batch> => {
    const { position, recordedAt } = await direct.head();
    const made = new Batch({ head: { position, recordedAt }, streams: new Map(), commands: new Map() }, now);
    made.add({ appends: [lit()] });
    return made;
  };
  const lost = await batch();
  expect(await settleBatch(client, lost)).toBe(false);
  expect(await appendBatch(client, lost)).toMatchObject({
    head: { position: lost.before.position, recordedAt: lost.recordedFrom }, // its time is over
  });
  const kept = await batch();
  expect(await appendBatch(client, kept)).toBeUndefined();
  expect(await settleBatch(client, kept)).toBe(true);
  await client.end();
});

it('the answer to enqueued messages is lost: they are there once', async () => {
  store = new EventStore({ connectionString: wire.url });
  const id = randomUUID();
  wire.setTrap('commit\0', 'cut-once-answered');
  await store.enqueue([toldOf(id)]);
  expect(await database.sql('select from orders.outbox where aggregateid = $1', [id])).toHaveLength(1);
});

it('the connection is lost in the middle of the rows of a caller: a typed error, and nothing is kept', async () => {
  store = new EventStore({ connectionString: database.ordersUrl });
  const lost = store.enqueue([], async (tx) => {
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.sql('select pg_terminate_backend($1)', [rows[0]!.pid]);
    await tx.query('select 1');
  });
  await expect(lost).rejects.toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
});

it('backends die while many append: every outcome is known and true', async () => {
  store = new EventStore({ connectionString: database.ordersUrl, appendTimeoutMs: 20_000 });
  const other = new EventStore({ connectionString: database.ordersUrl, appendTimeoutMs: 20_000 });
  const results: { append: Append; result: AppendResult }[] = [];
  let killed = 0;
  let appending = true;
  const killing = (async () => {
    while (appending) {
      // After so many more answers: on a slow machine none would come between two deaths that the clock calls for.
      const next = results.length + 50 * Math.random();
      while (appending && results.length < next) await sleep(1);
      const rows = await database.sql<{ killed: boolean }>(
        `select pg_terminate_backend(pid) as killed from pg_stat_activity
         where datname = current_database() and application_name = 'orderlog append' and random() < 0.7`,
      );
      killed += rows.length;
    }
  })();
  await Promise.all(
    Array.from({ length: 64 }, async (_, writer) => {
      for (let round = 0; round < 40; round++) {
        const append = lit({ command: commanded(randomUUID()) });
        results.push({ append, result: await (writer % 2 ? store : other).append(append) });
      }
    }),
  );
  appending = false;
  await killing;
  await other.close();
  expect(killed).toBeGreaterThan(2);
  expect(results.map(({ result }) => result.outcome)).toEqual(results.map(() => 'appended'));
  const kept = new Set((await direct.readAll({ afterPosition: 0, limit: 10_000 })).map(({ stream }) => stream));
  expect(results.filter(({ append }) => !kept.has(append.stream))).toEqual([]);
  expect(whatIsWrongWith(await direct.readAll({ afterPosition: 0, limit: 10_000 }))).toEqual([]);
}, 60_000);

describe('Postgres is away', () => {
  it('and says so in time, as a typed error, for every call', async () => {
    store = new EventStore({ connectionString: 'postgres://orders:orders@127.0.0.1:9/none', appendTimeoutMs: 300 });
    const started = livedMs();
    const calls = [
      store.append(lit()),
      store.appendMany([lit(), lit()]),
      store.read('any'),
      store.head(),
      store.findCommand('POST /lamps', 'k'),
      store.enqueue([]),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
      expect(outcome).toMatchObject({ reason: { outcome: 'not-written' } });
    }
    expect(livedMs() - started).toBeLessThan(2_000);
  });

  /** Until one goes through: on a busy machine a short time limit may be over sooner. */
  const works = (append = lit()) =>
    eventually({ withinMs: 30_000 }, async () =>
      expect(await store.append(append).catch((error: unknown) => error)).toMatchObject({ outcome: 'appended' }),
    );

  it('or silent: an append that was sent ends unknown, in time, and the store works again after it', async () => {
    store = new EventStore({ connectionString: database.ordersUrl, appendTimeoutMs: 1_000 });
    await works();
    const blocker = new Client({ connectionString: database.ownerUrl });
    await blocker.connect();
    await blocker.query('begin; select pg_advisory_xact_lock(8471, 1)');
    const error = await store.append(lit()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'StoreUnavailable', outcome: 'unknown' });
    await blocker.query('rollback');
    await blocker.end();
    await works();
  });

  it.each(['a while', 'longer than an append may take'])('or read only, for %s', async (which) => {
    const isLong = which !== 'a while';
    const database = await ownDatabase('read_only');
    const readOnly = (is: 'on' | 'off') =>
      database.sql(`begin read write; do $$ begin
        execute format('alter database %I set default_transaction_read_only = ${is}', current_database()); end $$; commit`);
    await readOnly('on'); // as a standby is
    store = new EventStore({ connectionString: database.ordersUrl, appendTimeoutMs: isLong ? 1_500 : 20_000 });
    const append = store.append(lit()).catch((error: unknown) => error);
    if (isLong) expect(await append).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
    else await sleep(100);
    await readOnly('off');
    if (isLong) await works();
    else expect(await append).toMatchObject({ outcome: 'appended' });
    expect((await store.head()).position).toBe(1);
    await store.close();
    await database.drop();
  });

  it('for so long that some gave up waiting: the others are still answered', async () => {
    store = new EventStore({ connectionString: database.ordersUrl, appendTimeoutMs: 4_000, maxBatch: 5 });
    for (let round = 0; round < 3; round++) await works();
    const blocker = new Client({ connectionString: database.ownerUrl });
    await blocker.connect();
    await blocker.query('begin; select pg_advisory_xact_lock(8471, 1)');
    const early = Promise.allSettled(Array.from({ length: 21 }, () => store.append(lit())));
    await sleep(2_000);
    const late = Promise.all(Array.from({ length: 5 }, () => store.append(lit())));
    expect((await early).map(({ status }) => status)).toEqual(Array<string>(21).fill('rejected'));
    await blocker.query('rollback');
    await blocker.end();
    expect((await late).map(({ outcome }) => outcome)).toEqual(Array<string>(5).fill('appended'));
  });

  it('a closed store answers what it took, and takes no more', async () => {
    store = new EventStore({ connectionString: database.ordersUrl });
    const taken = Array.from({ length: 300 }, () => store.append(lit()));
    const closing = store.close();
    await expect(store.append(lit())).rejects.toThrow(StoreUnavailable);
    expect((await Promise.all(taken)).map(({ outcome }) => outcome)).toEqual(taken.map(() => 'appended'));
    await closing;
  });
});
