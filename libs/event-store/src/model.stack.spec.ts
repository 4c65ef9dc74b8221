import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import fc from 'fast-check';
import { EventStore, type Append, type AppendResult, type ExpectedVersion, type StoredEvent } from './index.js';
import { ownDatabase, type OwnDatabase } from './own-database.js';
import { whatIsWrongWith } from './whole-store-check.js';

let database: OwnDatabase;
let stores: EventStore[];
beforeAll(async () => {
  database = await ownDatabase('model');
  stores = [0, 1].map(() => new EventStore({ connectionString: database.ordersUrl, maxBatch: 7 }));
}, 60_000);
afterAll(async () => {
  await Promise.all(stores?.map((store) => store.close()) ?? []);
  await database?.drop();
});

/** What became of an append, and when: the one clock counts what happens at the clients. */
interface Answered {
  append: Append;
  result: AppendResult;
  asked: number;
  answered: number;
}

/** What a client asks for; `many`: in one call with the next one. */
interface Ask {
  stream: number;
  expectedVersion: ExpectedVersion;
  facts: number;
  key: number | undefined;
  request: number;
  many: boolean;
}
const ask: fc.Arbitrary<Ask> = fc.record({
  stream: fc.nat(3),
  expectedVersion: fc.oneof(
    { weight: 3, arbitrary: fc.constant('any' as const) },
    { weight: 1, arbitrary: fc.constantFrom('none' as const, 'exists' as const) },
    { weight: 3, arbitrary: fc.nat(8) },
  ),
  facts: fc.integer({ min: 1, max: 3 }),
  key: fc.option(fc.nat(6), { nil: undefined }),
  request: fc.nat(1),
  many: fc.boolean(),
});

/**
 * A store as it should be, in twenty lines: one append after the other, in the order in which the real one kept them. Appends
 * that were kept stand in that order by position; the others must be explained by some moment at which they were refused.
 */
class Model {
  readonly versions = new Map<string, number[]>();
  readonly commands = new Map<string, { stream: string; version: number; requestHash: string }>();

  keep(append: Append, result: AppendResult & { outcome: 'appended' }): void {
    const history = this.versions.get(append.stream) ?? [0];
    const before = history.at(-1)!;
    expect(isFulfilled(append.expectedVersion, before)).toBe(true);
    expect(result.version).toBe(before + append.events.length);
    this.versions.set(append.stream, [...history, result.version]);
    if (!append.command) return;
    expect(this.commands.has(append.command.key)).toBe(false);
    const requestHash = append.command.requestHash.toString();
    this.commands.set(append.command.key, { stream: append.stream, version: result.version, requestHash });
  }

  explain(append: Append, result: AppendResult): void {
    if (result.outcome === 'conflict') {
      expect(this.versions.get(append.stream) ?? [0]).toContain(result.actualVersion);
      expect(isFulfilled(append.expectedVersion, result.actualVersion)).toBe(false);
    } else if (result.outcome === 'known-command') {
      const known = this.commands.get(append.command!.key);
      expect(known).toMatchObject({ stream: result.stream, version: result.version });
      expect(result.sameRequest).toBe(known!.requestHash === append.command!.requestHash.toString());
    } else {
      throw new Error(`nothing explains ${result.outcome}`);
    }
  }
}

const isFulfilled = (expected: ExpectedVersion, version: number): boolean =>
  expected === 'any' ||
  (expected === 'none' && version === 0) ||
  (expected === 'exists' && version > 0) ||
  expected === version;

it('does what a small model does, whatever concurrent clients of two stores ask for', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(ask, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 10 }),
      async (clients) => {
        const run = randomUUID();
        const append = ({ stream, expectedVersion, facts, key, request }: Ask): Append => ({
          stream: `${run}-${stream}`,
          expectedVersion,
          events: Array.from({ length: facts }, () => ({
            type: 'LampLit',
            schemaVersion: 1,
            data: { mark: randomUUID() },
            metadata: {},
            occurredAt: now(),
          })),
          ...(key !== undefined && {
            command: { scope: run, key: `k-${key}`, requestHash: Buffer.from(`r-${request}`), status: 201 },
          }),
        });
        const answered: Answered[] = [];
        let clock = 0;
        await Promise.all(
          clients.map(async (asks, client) => {
            const store = stores[client % stores.length]!;
            for (let index = 0; index < asks.length; index++) {
              const appends = [append(asks[index]!)];
              while (asks[index]!.many && index + 1 < asks.length) appends.push(append(asks[++index]!));
              const asked = clock++;
              const results = appends.length > 1 ? await store.appendMany(appends) : [await store.append(appends[0]!)];
              const at = clock++;
              appends.forEach((each, place) =>
                answered.push({ append: each, result: results[place]!, asked, answered: at }),
              );
            }
          }),
        );

        const model = new Model();
        const kept = answered
          .filter(
            (each): each is Answered & { result: AppendResult & { outcome: 'appended' } } =>
              each.result.outcome === 'appended',
          )
          .sort((one, other) => one.result.events[0]!.position - other.result.events[0]!.position);
        for (const each of kept) model.keep(each.append, each.result);
        for (const { append: refused, result } of answered)
          if (result.outcome !== 'appended') model.explain(refused, result);

        // What was answered before another was asked for comes before it: no answer is older than its question.
        for (const { append: later, result, asked } of answered) {
          const before = kept.filter((each) => each.answered < asked);
          const highest = Math.max(0, ...before.flatMap((each) => each.result.events.map(({ position }) => position)));
          if (result.outcome === 'appended') expect(result.events[0]!.position).toBeGreaterThan(highest);
          const ofStream = before.filter((each) => each.append.stream === later.stream);
          const version = Math.max(0, ...ofStream.map((each) => each.result.version));
          if (result.outcome === 'conflict') expect(result.actualVersion).toBeGreaterThanOrEqual(version);
          const known = later.command && before.some((each) => each.append.command?.key === later.command!.key);
          if (known) expect(result.outcome).toBe('known-command');
        }

        // No append that was reported is missing, and none is there that was not.
        const stored: StoredEvent[] = [];
        for (let stream = 0; stream < 4; stream++) stored.push(...(await stores[0]!.read(`${run}-${stream}`)));
        stored.sort((one, other) => one.position - other.position);
        expect(stored).toEqual(kept.flatMap(({ result }) => result.events));
      },
    ),
    { numRuns: 60 },
  );
  const all: StoredEvent[] = [];
  for (let page; (page = await stores[0]!.readAll({ afterPosition: all.length, limit: 1_000 })).length > 0;)
    all.push(...page);
  expect(whatIsWrongWith(all)).toEqual([]);
}, 60_000);
