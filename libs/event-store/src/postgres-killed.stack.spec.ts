import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import { eventually, livedMs, ownPostgres, type OwnPostgres } from '@orderlog/local-stack';
import { EventStore, StoreUnavailable, type Append, type AppendResult, type StoredEvent } from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';
import { whatIsWrongWith } from './whole-store-check.js';

const writers = 64;
const kills = 3;
const appendTimeoutMs = 1_500;
/** What a machine with other work to do may be late. */
const lateMs = 4_000;

let postgres: OwnPostgres;
let database: OwnDatabase;
let stores: EventStore[];
beforeAll(async () => {
  postgres = await ownPostgres();
  database = await ownDatabase('killed', postgres.connectionString);
  stores = [0, 1].map(() => new EventStore({ connectionString: database.ordersUrl, appendTimeoutMs }));
}, 60_000);
afterAll(async () => {
  await Promise.all(stores?.map((store) => store.close()) ?? []);
  await postgres?.stop();
}, 60_000);

/** An append and all that its writer was told of it, in the end. */
interface Told {
  append: Append;
  end: AppendResult | 'not-written';
}

/** Each writer has a stream of its own, and all share a few. */
const lit = (writer: number, round: number): Append => ({
  stream: round % 3 === 0 ? `shared-${writer % 5}` : `own-${writer}`,
  expectedVersion: 'any',
  events: Array.from({ length: 1 + (round % 2) }, () => ({
    type: 'LampLit',
    schemaVersion: 1,
    data: { mark: randomUUID() },
    metadata: { actor: `writer ${writer}` },
    occurredAt: now(),
  })),
  messages: (recorded) =>
    recorded.map((event) => ({
      topic: 'lamps.v1',
      key: `${event.stream}:${event.version}`,
      partition: 0,
      aggregateId: event.stream,
      type: event.type,
      payload: Buffer.from(event.data['mark'] as string),
      headers: {},
      timestamp: event.recordedAt,
      position: event.position,
    })),
  command: { scope: 'POST /lamps', key: randomUUID(), requestHash: Buffer.from('a'), status: 201 },
});

it('Postgres is killed again and again under 64 writers: every outcome is true, and told in time', async () => {
  const told: Told[] = [];
  const longest = { ms: 0 };
  let writing = true;

  const appendOnce = async (store: EventStore, append: Append): Promise<AppendResult | StoreUnavailable> => {
    const began = livedMs();
    const answer = await store.append(append).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return error;
      throw error;
    });
    longest.ms = Math.max(longest.ms, livedMs() - began);
    return answer;
  };
  const writer = async (number: number): Promise<void> => {
    for (let round = 0; writing; round++) {
      const append = lit(number, round);
      const store = stores[number % stores.length]!;
      let answer = await appendOnce(store, append);
      // Not written is for good; of what is unknown, the same command asks until it is told.
      while (answer instanceof StoreUnavailable && answer.outcome === 'unknown')
        answer = await appendOnce(store, append);
      told.push({ append, end: answer instanceof StoreUnavailable ? 'not-written' : answer });
      await sleep(5 * Math.random());
    }
  };
  const killing = (async () => {
    for (let kill = 0; kill < kills; kill++) {
      const before = told.length;
      // So many appends after the last kill, and in the middle of others.
      while (told.filter(({ end }, index) => index >= before && end !== 'not-written').length < 200) await sleep(20);
      postgres.kill();
    }
    const before = told.length;
    while (told.filter(({ end }, index) => index >= before && end !== 'not-written').length < 200) await sleep(20);
    writing = false;
  })();
  await Promise.all([killing, ...Array.from({ length: writers }, (_, number) => writer(number))]);

  const facts: StoredEvent[] = [];
  for (let page; (page = await stores[0]!.readAll({ afterPosition: facts.length, limit: 1_000 })).length > 0;)
    facts.push(...page);
  expect(whatIsWrongWith(facts)).toEqual([]);

  // What is there is what was acknowledged, once, as it was acknowledged; nothing else is.
  const byMark = new Map(facts.map((fact) => [fact.data['mark'], fact]));
  expect(byMark.size).toBe(facts.length);
  const acknowledged = told.filter(({ end }) => end !== 'not-written');
  const expected = acknowledged.flatMap(({ append }) => append.events.map(({ data }) => data['mark']));
  expect(expected.filter((mark) => !byMark.has(mark))).toEqual([]);
  expect(facts.length).toBe(expected.length);
  for (const { append, end } of acknowledged) {
    const kept = append.events.map(({ data }) => byMark.get(data['mark'])!);
    if (end === 'not-written') continue;
    if (end.outcome === 'appended') expect(kept).toEqual(end.events);
    else expect(end).toMatchObject({ outcome: 'known-command', sameRequest: true, version: kept.at(-1)!.version });
    expect(kept.map(({ stream, type, metadata }) => ({ stream, type, metadata }))).toEqual(
      append.events.map(({ type, metadata }) => ({ stream: append.stream, type, metadata })),
    );
  }

  const rows = await database.sql<{ key: string; position: number; payload: Buffer }>(
    'select key, position::int, payload from orders.outbox order by seq',
  );
  expect(rows.map(({ key, position, payload }) => [key, position, payload.toString()])).toEqual(
    facts.map(({ stream, version, position, data }) => [`${stream}:${version}`, position, data['mark']]),
  );
  const commands = await database.sql<{ key: string }>('select key from orders.commands order by key');
  expect(commands.map(({ key }) => key)).toEqual(acknowledged.map(({ append }) => append.command!.key).sort());

  expect(longest.ms).toBeLessThan(appendTimeoutMs + lateMs);
}, 120_000);

it('Postgres is killed before it commits enqueued messages, and gives their transaction’s id to another: not written', async () => {
  let drawn = 0n;
  const draw = async (ask: (text: string) => Promise<{ id: string }[]>): Promise<bigint> =>
    BigInt((await ask('select pg_current_xact_id()::text as id'))[0]!.id);
  const message = { topic: 'lamps.v1', key: 'k', partition: 0, aggregateId: 'swept away', type: 'T', headers: {} };
  const lost = stores[0]!.enqueue([{ ...message, payload: null, timestamp: now(), position: null }], async (tx) => {
    const ours = await draw(async (text) => (await tx.query<{ id: string }>(text)).rows);
    const query = tx.query.bind(tx) as (text: string, ...more: unknown[]) => Promise<never>;
    tx.query = (async (text: string, ...more: unknown[]) => {
      if (text !== 'commit') return query(text, ...more);
      postgres.kill();
      await eventually({ withinMs: 30_000 }, async () => {
        drawn = await draw((text) => database.sql(text)).catch(() => 0n);
        expect(drawn).toBeGreaterThanOrEqual(ours);
      });
      return query(text);
    }) as typeof tx.query;
  });
  await expect(lost).rejects.toMatchObject({ name: 'StoreUnavailable', outcome: 'not-written' });
  expect(await database.sql(`select from orders.outbox where aggregateid = 'swept away'`)).toEqual([]);
}, 60_000);
