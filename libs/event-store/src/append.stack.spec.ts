import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import {
  EventStore,
  hashOf,
  noHash,
  type Append,
  type NewEvent,
  type OutboxMessage,
  type Snapshot,
  type StoredEvent,
} from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';

let database: OwnDatabase;
let store: EventStore;
beforeAll(async () => {
  database = await ownDatabase('append');
  store = new EventStore({ connectionString: database.ordersUrl });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const fact = (more: Partial<NewEvent> = {}): NewEvent => ({
  type: 'LampLit',
  schemaVersion: 1,
  data: { lamp: 'north', watts: 40 },
  metadata: { actor: 'keeper' },
  occurredAt: now(),
  ...more,
});
const one = (stream: string, more: Partial<Append> = {}): Append => ({
  stream,
  expectedVersion: 'any',
  events: [fact()],
  ...more,
});
const message = (event: StoredEvent, more: Partial<OutboxMessage> = {}): OutboxMessage => ({
  topic: 'lamps.v1',
  key: `${event.stream}:${event.version}`,
  partition: 3,
  aggregateId: event.stream,
  type: event.type,
  payload: Buffer.from([0, 0, 0, 0, 7, 255]),
  headers: { 'event-id': event.eventId, 'event-position': String(event.position) },
  timestamp: event.recordedAt,
  position: event.position,
  ...more,
});
const command = (key: string, request = 'a', status = 201) => ({
  scope: 'POST /lamps',
  key,
  requestHash: Buffer.from(request),
  status,
});

describe('an append', () => {
  it('gives back what it kept, and so does a read', async () => {
    const stream = randomUUID();
    const occurredAt = 1_795_528_920_123_457;
    const result = await store.append({
      stream,
      expectedVersion: 'none',
      events: [
        fact({ occurredAt, data: { text: 'Straße "£" \n 🏮', deep: { list: [1, null, -0.5e-7, {}] } } }),
        fact(),
      ],
    });
    expect(result).toMatchObject({ outcome: 'appended', version: 2 });
    const read = await store.read(stream);
    expect(result).toHaveProperty('events', read);
    expect(read.map((event) => event.version)).toEqual([1, 2]);
    expect(read[0]!.occurredAt).toBe(occurredAt);
    expect(read[1]!.recordedAt).toBeGreaterThan(read[0]!.recordedAt);
  });

  it.each([
    ['none', false],
    ['exists', true],
    ['any', true],
    [0, false],
    [1, false],
    [2, true],
    [3, false],
  ] as const)('that expects %s of a stream with two facts: goes through = %s', async (expectedVersion, goesThrough) => {
    const stream = randomUUID();
    await store.append(one(stream, { events: [fact(), fact()] }));
    const result = await store.append(one(stream, { expectedVersion }));
    if (goesThrough) expect(result).toMatchObject({ outcome: 'appended', version: 3 });
    else expect(result).toEqual({ outcome: 'conflict', stream, expectedVersion, actualVersion: 2 });
    expect(await store.read(stream)).toHaveLength(goesThrough ? 3 : 2);
  });

  it.each([
    ['none', true],
    ['exists', false],
    ['any', true],
    [0, true],
    [1, false],
  ] as const)(
    'that expects %s of a stream that is not there: goes through = %s',
    async (expectedVersion, goesThrough) => {
      const stream = randomUUID();
      const result = await store.append(one(stream, { expectedVersion }));
      if (goesThrough) expect(result).toMatchObject({ outcome: 'appended', version: 1 });
      else expect(result).toEqual({ outcome: 'conflict', stream, expectedVersion, actualVersion: 0 });
    },
  );

  it.each<[string, object]>([
    ['a stream that is no text', { stream: undefined }],
    ['a stream that Postgres cannot name', { stream: 'a\0b' }],
    ['a command without a key', { command: { scope: 'POST /lamps', requestHash: Buffer.from('a'), status: 201 } }],
    ['a version that is none', { expectedVersion: 'first' }],
    ['no list of facts', { events: undefined }],
    ['a fact that is none', { events: [null] }],
    ['a fact whose data is no object', { events: [fact({ data: [] as unknown as NewEvent['data'] })] }],
  ])('is refused for %s, at once, and nobody beside it hears of it', async (_, more) => {
    const [before, after] = [randomUUID(), randomUUID()];
    const bad = one(randomUUID(), more);
    const each = await Promise.all([store.append(one(before)), store.append(bad), store.append(one(after))]);
    expect(each.map(({ outcome }) => outcome)).toEqual(['appended', 'refused', 'appended']);
    expect(each[1]).toMatchObject({ error: { name: expect.stringMatching(/^(Type|Range)Error$/) } });
    const many = await store.appendMany([one(before), bad, one(after)]);
    expect(many.map(({ outcome }) => outcome)).toEqual(['appended', 'refused', 'appended']);
    expect(await store.appendTogether([one(before), bad])).toMatchObject({ outcome: 'refused', index: 1 });
    expect(await store.read(before)).toHaveLength(2);
  });

  it.each<[string, (key: string) => Partial<Append>]>([
    ['key', (key) => ({ messages: ([event]) => [message(event!, { key })] })],
    ['headers', (text) => ({ messages: ([event]) => [message(event!, { headers: { traceparent: text } })] })],
    ['request’s hash', (text) => ({ command: { ...command(randomUUID()), requestHash: Buffer.from(text) } })],
  ])('is refused for a %s beyond the size of an append, and nobody beside it hears of it', async (_, more) => {
    const large = one(randomUUID(), more('k'.repeat(17 * 1024 * 1024)));
    const [refused, beside] = await Promise.all([store.append(large), store.append(one(randomUUID()))]);
    expect(refused).toMatchObject({ outcome: 'refused', error: expect.any(RangeError) });
    expect(beside.outcome).toBe('appended');
  });

  it.each([NaN, Infinity, now() + 3_600_000_000 + 0.5, 2 ** 53])(
    'is refused while the clock says %s, and the store goes on',
    async (wrong) => {
      let time = wrong;
      const other = new EventStore({ connectionString: database.ordersUrl, clock: () => time });
      expect(await other.append(one(randomUUID()))).toMatchObject({
        outcome: 'refused',
        error: expect.any(RangeError),
      });
      time = now();
      expect(await other.append(one(randomUUID()))).toMatchObject({ outcome: 'appended' });
      await other.close();
    },
  );

  it('hears that a stream is there already from the batch that would begin it, and the rest of the batch goes through', async () => {
    const [taken, other] = [randomUUID(), new EventStore({ connectionString: database.ordersUrl })];
    await other.append(one(taken, { events: [fact(), fact()] }));
    await other.close();
    for (let round = 0; round < 50; round++) await store.append(one(randomUUID())); // undisturbed, and so hopeful
    const results = await Promise.all(
      [randomUUID(), taken, randomUUID()].map((stream) => store.append(one(stream, { expectedVersion: 'none' }))),
    );
    expect(results).toMatchObject([
      { outcome: 'appended', version: 1 },
      { outcome: 'conflict', stream: taken, expectedVersion: 'none', actualVersion: 2 },
      { outcome: 'appended', version: 1 },
    ]);
    expect(await store.read(taken)).toHaveLength(2);
  });

  it('gives each message an id of its own', async () => {
    const stream = randomUUID();
    await store.append(
      one(stream, {
        events: [fact(), fact()],
        messages: (events) => events.flatMap((event) => [message(event), message(event)]),
      }),
    );
    const rows = await database.sql<{ id: string }>('select id from orders.outbox where aggregateid = $1', [stream]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(4);
    for (const { id } of rows)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('chains each fact to the one before it in its stream, over what the fact says', async () => {
    const stream = randomUUID();
    for (let round = 0; round < 3; round++) await store.append(one(stream, { events: [fact(), fact()] }));
    let previousHash: Buffer = noHash;
    for (const event of await store.read(stream)) {
      expect(event.previousHash).toEqual(previousHash);
      expect(event.hash).toEqual(hashOf(event));
      previousHash = event.hash;
    }
  });

  it('keeps its messages, in order, with its facts', async () => {
    const stream = randomUUID();
    await store.append(
      one(stream, { events: [fact(), fact()], messages: (events) => events.map((event) => message(event)) }),
    );
    const [first, second] = await store.read(stream);
    const rows = await database.sql(
      `select aggregatetype, key, partition, position::int, payload, "event-id", "order-id",
         orders.microseconds(timestamp)::float8 as at from orders.outbox where aggregateid = $1 order by seq`,
      [stream],
    );
    expect(rows).toEqual(
      [first!, second!].map((event) => ({
        aggregatetype: 'lamps.v1',
        key: `${stream}:${event.version}`,
        partition: 3,
        position: event.position,
        payload: Buffer.from([0, 0, 0, 0, 7, 255]),
        'event-id': event.eventId,
        'order-id': null,
        at: event.recordedAt,
      })),
    );
  });

  it('is done once for each command, whatever is expected the second time', async () => {
    const [stream, key] = [randomUUID(), randomUUID()];
    await store.append(one(stream, { command: command(key) }));
    await store.append(one(stream));
    const again = await store.append(one(stream, { command: command(key), expectedVersion: 0 }));
    expect(again).toEqual({ outcome: 'known-command', stream, version: 1, status: 201, sameRequest: true });
    const other = await store.append(one(stream, { command: command(key, 'b') }));
    expect(other).toMatchObject({ outcome: 'known-command', sameRequest: false });
    expect(await store.read(stream)).toHaveLength(2);
    expect(await store.findCommand('POST /lamps', key)).toEqual({
      stream,
      version: 1,
      status: 201,
      requestHash: Buffer.from('a'),
    });
    expect(await store.findCommand('PUT /lamps', key)).toBeUndefined();
  });

  it('may remember a command that made nothing happen', async () => {
    const [stream, key] = [randomUUID(), randomUUID()];
    await store.append(one(stream));
    const result = await store.append({ stream, expectedVersion: 1, events: [], command: command(key, 'a', 200) });
    expect(result).toEqual({ outcome: 'appended', version: 1, events: [] });
    expect(await store.findCommand('POST /lamps', key)).toMatchObject({ version: 1, status: 200 });
  });
});

describe('a batch', () => {
  it('lets one fail alone, for every reason that there is', async () => {
    const [good, taken, better] = [randomUUID(), randomUUID(), randomUUID()];
    const key = randomUUID();
    await store.append(one(taken, { command: command(key) }));
    const head = (await store.head()).position;
    const results = await store.appendMany([
      one(good),
      one(taken, { expectedVersion: 'none' }),
      one(taken, { command: command(key) }),
      one(randomUUID(), {
        messages: () => {
          throw new Error('breaks its contract');
        },
      }),
      one(randomUUID(), { events: [fact({ data: { amount: NaN } })] }),
      one(randomUUID(), { events: [fact({ data: { text: 'a\0b' } })] }),
      one(randomUUID(), { messages: ([event]) => [message(event!, { headers: { colour: 'red' } })] }),
      one('', {}),
      one(randomUUID(), { events: [fact({ data: { text: 'x'.repeat(17_000_000) } })] }),
      one(randomUUID(), { events: [fact({ eventId: 'not one' })] }),
      one(randomUUID(), { events: [] }),
      one(better, { messages: ([event]) => [message(event!)] }),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual([
      'appended',
      'conflict',
      'known-command',
      ...Array<string>(8).fill('refused'),
      'appended',
    ]);
    expect(await store.readAll({ afterPosition: head, limit: 10 })).toMatchObject([
      { stream: good, position: head + 1 },
      { stream: better, position: head + 2 },
    ]);
  });

  it('costs only the one whose rows Postgres itself refuses', async () => {
    const lampsNeverBreak = "alter table orders.events add constraint lamps_never_break check (type <> 'LampBroke')";
    await database.sql(lampsNeverBreak);
    const [good, bad, better] = [randomUUID(), randomUUID(), randomUUID()];
    const results = await Promise.all([
      store.append(one(good)),
      store.append(one(bad, { events: [fact({ type: 'LampBroke' })] })),
      store.appendMany([one(better), one(bad, { events: [fact({ type: 'LampBroke' })] }), one(better)]),
    ]);
    expect(results.flat().map(({ outcome }) => outcome)).toEqual([
      'appended',
      'refused',
      'appended',
      'refused',
      'appended',
    ]);
    expect(await store.read(bad)).toEqual([]);
    expect(await store.read(better)).toHaveLength(2);
  });

  it('behaves as if its appends came one after the other', async () => {
    const [stream, key] = [randomUUID(), randomUUID()];
    const results = await store.appendMany([
      one(stream, { expectedVersion: 'none' }),
      one(stream, { expectedVersion: 'none' }),
      one(stream, { expectedVersion: 'any', events: [fact(), fact()] }),
      one(stream, { expectedVersion: 3, command: command(key) }),
      one(stream, { expectedVersion: 3, command: command(key) }),
      one(stream, { expectedVersion: 3 }),
    ]);
    expect(results).toMatchObject([
      { outcome: 'appended', version: 1 },
      { outcome: 'conflict', actualVersion: 1 },
      { outcome: 'appended', version: 3 },
      { outcome: 'appended', version: 4 },
      { outcome: 'known-command', version: 4, sameRequest: true },
      { outcome: 'conflict', actualVersion: 4 },
    ]);
  });
});

describe('appends together', () => {
  const two = () => [randomUUID(), randomUUID()] as const;
  const rowsOf = (streams: readonly string[]) =>
    database.sql('select aggregateid from orders.outbox where aggregateid = any ($1) order by seq', [streams]);
  const publish: Append['messages'] = (events) => events.map((event) => message(event));

  it('are kept in all streams at once, chained and numbered one after the other', async () => {
    const streams = two();
    const key = randomUUID();
    const result = await store.appendTogether([
      one(streams[0], { events: [fact(), fact()], messages: publish }),
      one(streams[1], { expectedVersion: 'none', messages: publish, command: command(key) }),
      one(streams[0], { expectedVersion: 2, messages: publish }),
    ]);
    expect(result).toMatchObject({ outcome: 'appended', appended: [{ version: 2 }, { version: 1 }, { version: 3 }] });
    expect(await store.read(streams[0])).toHaveLength(3);
    expect(await rowsOf(streams)).toHaveLength(4);
    const again = await store.appendTogether([one(streams[0]), one(streams[1], { command: command(key) })]);
    expect(again).toEqual({
      outcome: 'known-command',
      index: 1,
      stream: streams[1],
      version: 1,
      status: 201,
      sameRequest: true,
    });
    expect(await store.read(streams[0])).toHaveLength(3);
  });

  it.each([
    ['a lost race', (stream: string) => one(stream, { expectedVersion: 7 }), 'conflict'],
    ['messages that cannot be made', (stream: string) => one(stream, { messages: () => [{}] as never }), 'refused'],
    ['what Postgres refuses', (stream: string) => one(stream, { events: [fact({ type: 'LampBurst' })] }), 'refused'],
  ] as const)('are not kept at all for %s of one, whatever shares their batch', async (_why, bad, outcome) => {
    await database.sql("alter table orders.events add constraint no_burst check (type <> 'LampBurst') not valid");
    for (const other of [store, new EventStore({ connectionString: database.ordersUrl })]) {
      const streams = [...two(), randomUUID()];
      const beside = [randomUUID(), randomUUID()] as const;
      const key = randomUUID();
      const { position } = await store.head();
      const [before, result, after] = await Promise.all([
        other.append(one(beside[0], { messages: publish })),
        other.appendTogether([
          one(streams[0]!, { messages: publish, command: command(key) }),
          one(streams[1]!, { messages: publish }),
          bad(streams[2]!),
          one(streams[0]!, { messages: publish }),
        ]),
        other.append(one(beside[1], { messages: publish })),
      ]);
      expect([before.outcome, after.outcome]).toEqual(['appended', 'appended']);
      expect(result).toMatchObject({ outcome });
      const facts = await store.readAll({ afterPosition: position, limit: 100 });
      expect(facts.map(({ stream }) => stream).sort()).toEqual([...beside].sort());
      expect(facts.map((each) => each.position)).toEqual([position + 1, position + 2]);
      expect(await rowsOf(streams)).toEqual([]);
      expect(await store.findCommand('POST /lamps', key)).toBeUndefined();
      // What was not kept stands in nobody's way.
      expect(await other.append(one(streams[0]!, { expectedVersion: 'none', command: command(key) }))).toMatchObject({
        outcome: 'appended',
        version: 1,
      });
      if (other !== store) await other.close();
    }
    await database.sql('alter table orders.events drop constraint no_burst');
  });
});

it('reads a stream either way, in part, and lists streams by their first facts', async () => {
  const { position } = await store.head();
  const [first, second] = [randomUUID(), randomUUID()];
  await store.append(one(first, { events: [fact(), fact(), fact()] }));
  await store.append(one(second));
  const versions = async (range: Parameters<EventStore['read']>[1]) =>
    (await store.read(first, range)).map((event) => event.version);
  expect(await versions({ direction: 'backward' })).toEqual([3, 2, 1]);
  expect(await versions({ direction: 'backward', limit: 1 })).toEqual([3]);
  expect(await versions({ fromVersion: 2 })).toEqual([2, 3]);
  expect(await versions({ toVersion: 2, direction: 'backward' })).toEqual([2, 1]);
  const page = await store.listStreams({ afterPosition: position, limit: 5, direction: 'forward' });
  expect(page).toEqual([
    { stream: first, position: position + 1 },
    { stream: second, position: position + 4 },
  ]);
  expect(await store.listStreams({ beforePosition: position + 4, limit: 1, direction: 'backward' })).toEqual([
    { stream: first, position: position + 1 },
  ]);
});

describe('a snapshot', () => {
  const snapshot = (stream: string, version: number, more: Partial<Snapshot> = {}): Snapshot => ({
    ...{ stream, version, shape: 'a', state: `{"lit": ${version}}` },
    ...{ hash: Buffer.alloc(32, version), seal: Buffer.from('ours') },
    ...more,
  });

  it('is kept by shape and version, to the byte, until it is forgotten', async () => {
    const stream = randomUUID();
    const odd = '{ "b":1e2, "a" : "\\u00e9", "b":-0 }';
    await store.saveSnapshot(snapshot(stream, 10));
    await store.saveSnapshot(snapshot(stream, 20, { state: '{}' }));
    await store.saveSnapshot(snapshot(stream, 20, { state: odd }));
    expect(await store.latestSnapshot(stream, 'a')).toEqual(snapshot(stream, 20, { state: odd }));
    expect(await store.latestSnapshot(stream, 'a', 19)).toMatchObject({ version: 10 });
    expect(await store.latestSnapshot(stream, 'b')).toBeUndefined();
    await store.forgetSnapshot(snapshot(stream, 20));
    expect(await store.latestSnapshot(stream, 'a')).toMatchObject({ version: 10 });
  });

  it('is forgotten with its shape, a bounded number at a time', async () => {
    const stream = randomUUID();
    for (const shape of ['a', 'b', 'c']) {
      for (const version of [1, 2, 3]) await store.saveSnapshot(snapshot(stream, version, { shape }));
    }
    let pieces = 0;
    while ((await store.forgetSnapshots({ limit: 2, exceptShape: 'b' })) === 2) pieces += 1;
    expect(pieces).toBeGreaterThanOrEqual(3);
    for (const shape of ['a', 'c']) expect(await store.latestSnapshot(stream, shape)).toBeUndefined();
    expect(await store.latestSnapshot(stream, 'b')).toMatchObject({ version: 3 });
    expect(await store.forgetSnapshots({ limit: 100 })).toBe(3);
    expect(await store.latestSnapshot(stream, 'b')).toBeUndefined();
  });

  it('is where a stream is read from, its own fact included; without one it is read whole', async () => {
    const stream = randomUUID();
    await store.append({ stream, expectedVersion: 'none', events: [fact(), fact(), fact(), fact()] });
    const versions = async (toVersion?: number) => {
      const { start, snapshot: found, events } = await store.readFromSnapshot(stream, 'a', toVersion);
      return [start, found?.version, ...events.map(({ version }) => version)];
    };
    expect(await versions()).toEqual([1, undefined, 1, 2, 3, 4]);
    await store.saveSnapshot(snapshot(stream, 3));
    expect(await versions()).toEqual([3, 3, 3, 4]);
    expect(await versions(3)).toEqual([3, 3, 3]);
    expect(await versions(2)).toEqual([1, undefined, 1, 2]);
    await store.saveSnapshot(snapshot(stream, 9)); // of facts that are not there
    expect(await versions()).toEqual([9, 9]);
    expect(await store.readFromSnapshot(randomUUID(), 'a')).toEqual({ start: 1, snapshot: undefined, events: [] });
  });
});

it('knows which version a stream had at an instant', async () => {
  const stream = randomUUID();
  expect(await store.versionAt(stream, now())).toBe(0);
  for (let n = 0; n < 9; n += 1) await store.append({ stream, expectedVersion: 'any', events: [fact()] });
  const recorded = (await store.read(stream)).map(({ recordedAt }) => recordedAt);
  for (const [index, at] of recorded.entries()) {
    expect(await store.versionAt(stream, at - 1)).toBe(index);
    expect(await store.versionAt(stream, at)).toBe(index + 1);
  }
  expect(await store.versionAt(stream, now() + 1_000_000)).toBe(9);
});

it.each(['infinity', '-infinity', '294276-12-31T00:00:00Z'])(
  'names the fact that was recorded at %s where that keeps it from knowing the version at an instant',
  async (time) => {
    const stream = randomUUID();
    for (let n = 0; n < 5; n += 1) await store.append({ stream, expectedVersion: 'any', events: [fact()] });
    await database.sql('alter table orders.events disable trigger all');
    await database.sql('update orders.events set recorded_at = $1 where stream_id = $2 and version = 3', [
      time,
      stream,
    ]);
    await database.sql('alter table orders.events enable trigger all');
    await expect(store.versionAt(stream, now())).rejects.toMatchObject({ name: 'DamagedFact', version: 3 });
  },
);

it('enqueues messages without facts, with rows of the caller in the same transaction, or neither', async () => {
  await database.sql('create table public.attempts (id text); grant insert on public.attempts to orders');
  const attempt = (aggregateId: string): OutboxMessage => ({
    topic: 'attempts.v1',
    key: `${aggregateId}:1`,
    partition: 0,
    aggregateId,
    type: 'Refused',
    payload: null,
    headers: {},
    timestamp: now(),
    position: null,
  });
  const [kept, lost] = [randomUUID(), randomUUID()];
  await store.enqueue([attempt(kept)], async (tx) => void (await tx.query('insert into attempts values ($1)', [kept])));
  const failing = store.enqueue([attempt(lost)], async (tx) => {
    await tx.query('insert into attempts values ($1)', [lost]);
    throw new Error('thought better of it');
  });
  await expect(failing).rejects.toThrow('thought better of it');
  const rows = await database.sql(
    `select a.id, o.key, o.payload from attempts a full join orders.outbox o on o.aggregateid = a.id
     where coalesce(a.id, o.aggregateid) in ($1, $2)`,
    [kept, lost],
  );
  expect(rows).toEqual([{ id: kept, key: `${kept}:1`, payload: null }]);
});
