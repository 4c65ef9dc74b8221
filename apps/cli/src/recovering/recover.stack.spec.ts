import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashOf, newId, noHash, type StoredEvent } from '@orderlog/event-store';
import { now } from '@orderlog/instant';
import { eventually, repository } from '@orderlog/local-stack';
import { partitionOf, topicNames } from '@orderlog/order-contract';
import fc from 'fast-check';
import pg from 'pg';
import { verify } from '../verifying/verify.js';
import { recover, type Recovered } from './recover.js';
import { reportOf } from './recover.command.js';
import { type Branch, discounted, openShop, placed, type Shop } from './testing/shop.js';

const signal = new AbortController().signal;
let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
}, 60_000);
afterEach(() => shop.close(), 60_000);

const recovered = (branch: Branch, more: { dryRun?: boolean; withoutLost?: boolean } = {}): Promise<Recovered> =>
  recover({ config: branch.config, ...more, signal, onStep: () => undefined });
const refusalOf = async (branch: Branch): Promise<{ message: string; remedy: string }> => {
  const facts = await branch.facts();
  const refused = await recovered(branch).then(
    () => undefined,
    (error: { message: string; remedy: string }) => error,
  );
  expect(await branch.facts()).toEqual(facts); // whatever it was, nothing was changed
  return { message: refused?.message ?? 'it was not refused', remedy: refused?.remedy ?? '' };
};
const differencesOf = async (branch: Branch) =>
  (await verify({ config: branch.config, signal, onStep: () => undefined })).differences;

/** What compaction would leave: of each key the last, in order. */
async function compacted(topic: 'events' | 'state') {
  const last = new Map<string, Awaited<ReturnType<Shop['onTopic']>>[number]>();
  for (const message of await shop.onTopic(topic)) {
    last.delete(message.key);
    last.set(message.key, message);
  }
  return [...last.values()];
}

/** Versions of each order in order, positions as the store has them, and of each order the latest state. */
async function topicsAreRight(branch: Branch): Promise<void> {
  const facts = await branch.sql<{ key: string; stream: string; version: number; position: number }>(
    `select stream_id || ':' || version as key, stream_id as stream, version::int, position::int from orders.events order by position`,
  );
  const events = await compacted('events');
  const sorted = <T extends { key: string }>(all: T[]) => all.sort((one, other) => (one.key < other.key ? -1 : 1));
  expect(sorted(events.map(({ key, position }) => ({ key, position })))).toEqual(
    sorted(facts.map(({ key, position }) => ({ key, position }))),
  );
  const versions = Map.groupBy(events, ({ key }) => key.split(':')[0]!);
  for (const [order, messages] of versions) {
    const inOrder = messages.map(({ version }) => version);
    expect([order, inOrder]).toEqual([order, inOrder.toSorted((one, other) => one - other)]);
  }
  const latest = new Map(facts.map(({ stream, version }) => [stream, version]));
  const states = new Map((await compacted('state')).map(({ key, version }) => [key, version]));
  expect(states).toEqual(latest);
}

describe('a store that was put back', () => {
  it('gets everything back as it was, whatever was sent when, and the topics are in order after it', async () => {
    const orders = ['a', 'b', 'c', 'd', 'e', 'f'];
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ tell: fc.constantFrom(...orders) }) },
      { weight: 1, arbitrary: fc.record({ refuse: fc.constantFrom(...orders) }) },
      { weight: 1, arbitrary: fc.constant({ relay: true as const }) },
    );
    const steps = fc.array(step, { minLength: 12, maxLength: 25 });
    const seen = new Set<string>();
    type Step = { tell: string } | { refuse: string } | { relay: true };
    const play = async (branch: Branch, round: number, played: readonly Step[]) => {
      for (const [index, one] of played.entries()) {
        if ('relay' in one) await branch.relay();
        else if ('refuse' in one) await branch.refuse(`${round}-${one.refuse}`);
        else {
          const order = `${round}-${one.tell}`;
          await branch.tell(order, seen.has(order) ? discounted(`${seen.size} ${index} ${randomUUID()}`) : placed());
          seen.add(order);
        }
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.nat(), steps, steps, fc.boolean(), async (round, before, after, relayFirst) => {
        await play(shop, round, before);
        const restored = await shop.copy();
        await play(shop, round, after);
        await shop.relay(); // only what had been sent can come back
        if (relayFirst) await restored.relay(); // a relay that ran before anybody looked
        const looked = await recovered(restored, { dryRun: true });
        const { missing } = await recovered(restored);
        expect(looked.missing).toEqual(missing);
        expect(await restored.facts()).toEqual(await shop.facts());
        expect(await restored.attempts()).toEqual(await shop.attempts());
        expect(await recovered(restored)).toMatchObject({ missing: undefined, sentAgain: 0, attempts: 0 });
        await restored.relay();
        await topicsAreRight(restored);
        expect(await differencesOf(restored)).toEqual([]);
      }),
      { numRuns: 3 },
    );
  }, 180_000);

  it('sends again what a relay that ran before anybody looked has put behind newer facts, and the state that it put back', async () => {
    await shop.tell('a', placed());
    await shop.relay();
    await shop.tell('a', discounted('WAITS'));
    const restored = await shop.copy();
    await shop.tell('a', discounted('SAVE'));
    await shop.relay();
    await restored.relay();
    expect((await compacted('events')).map(({ version }) => version)).toEqual([1, 3, 2]);
    expect((await compacted('state')).map(({ version }) => version)).toEqual([2]);
    expect(await recovered(restored)).toMatchObject({ missing: { facts: 1 }, sentAgain: 1 });
    await restored.relay();
    await topicsAreRight(restored);
  }, 60_000);

  it('says what would come back and changes nothing, and says so when there is nothing', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    await shop.tell('b', placed());
    await shop.refuse('b');
    await shop.relay();
    const looked = await recovered(restored, { dryRun: true });
    expect(reportOf(looked, { dryRun: true }).join('\n')).toMatch(
      /^1 fact of 1 order would come back: on the topic at positions 2 to 2, recorded .*Z to .*Z\.\n1 refused attempt would come back\.$/,
    );
    expect(await restored.facts()).toHaveLength(1);
    expect(await restored.attempts()).toHaveLength(0);
    await recovered(restored);
    expect(reportOf(await recovered(restored), {})).toEqual([
      'The store lacks no fact that its topic has: none came back.',
    ]);
  }, 60_000);

  it('takes orders behind what came back, also where instants were asked about while it lacked facts', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    await shop.tell('a', discounted('SAVE'));
    await shop.relay();
    await restored.sql(`select orders.settle_instant(orders.microseconds(clock_timestamp()))`);
    await recovered(restored);
    await restored.tell('a', discounted('MORE'));
    expect((await restored.facts()).slice(0, 2)).toEqual(await shop.facts());
    await restored.relay();
    await topicsAreRight(restored);
    expect(await differencesOf(restored)).toEqual([]);
  }, 60_000);

  it('has no key of a person who was forgotten after the backup, and says whose keys are lost', async () => {
    const [known, unknown] = [newId(), newId()];
    const sealedWith = (keyId: string) => placed({ customer: { keyId, sealed: 'c2VhbGVk' } });
    const key = `insert into orders.customer_keys (key_id, customer_id, wrapped_key) values ($1, $2, '\\x01')`;
    await shop.sql(key, [known, 'c-1']);
    await shop.tell('a', sealedWith(known));
    const restored = await shop.copy();
    await shop.tell('a', { type: 'ForgetCustomer', keyId: known });
    await shop.sql(key, [unknown, 'c-2']);
    await shop.tell('b', sealedWith(unknown));
    await shop.relay();
    expect(await recovered(restored, { dryRun: true })).toMatchObject({
      keysLost: { keys: 1, orders: 1 },
      keysDestroyed: 0,
    });
    const done = await recovered(restored);
    expect(done).toMatchObject({ keysLost: { keys: 1, orders: 1 }, keysDestroyed: 1 });
    expect(
      await restored.sql(
        'select key_id, wrapped_key, destroyed_by, destroyed_at is not null as destroyed from orders.customer_keys',
      ),
    ).toEqual([{ key_id: known, wrapped_key: null, destroyed_by: 'a test', destroyed: true }]);
    expect(reportOf(done, {}).join('\n')).toMatch(
      /LOST: 1 key of customers, made after the backup\. .* of 1 order nobody can/,
    );
    // Somebody had the keys in a backup of their own.
    await restored.sql(key, [unknown, 'c-2']);
    expect(await recovered(restored)).toMatchObject({ keysLost: { keys: 0, orders: 0 }, keysDestroyed: 0 });
  }, 60_000);

  it('calls no key lost that a fact which comes back says was destroyed', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    const keyId = newId();
    await shop.tell('b', placed({ customer: { keyId, sealed: 'c2VhbGVk' } }));
    await shop.tell('b', { type: 'ForgetCustomer', keyId });
    await shop.relay();
    const none = { keysLost: { keys: 0, orders: 0 } };
    expect(await recovered(restored, { dryRun: true })).toMatchObject(none);
    expect(await recovered(restored)).toMatchObject(none);
  }, 60_000);

  it('passes over messages on the topic of attempts that are no attempts, or of others', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    await shop.refuse('a');
    const topic = topicNames(shop.config.TOPIC_PREFIX).attempts;
    await shop.relay();
    const key = 'a:1';
    await shop.producer.send(topic, [
      { key, value: Buffer.from('foo'), partition: partitionOf('a') },
      { key, value: Buffer.from([1, 2, 3, 4, 5, 6]), partition: 0 },
      { key, value: null, partition: partitionOf('a') },
    ]);
    expect(await recovered(restored)).toMatchObject({ attempts: 1 });
    expect(await restored.attempts()).toEqual(await shop.attempts());
  }, 60_000);

  it('asks Postgres about many attempts at a time', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    await Promise.all(Array.from({ length: 200 }, () => shop.refuse('a')));
    await relayFast(shop);
    const transactions = async (): Promise<number> => {
      await eventually({ withinMs: 30_000 }, async () =>
        expect(
          await restored.sql(
            `select from pg_stat_activity where application_name = 'orderlog recover' and datname = current_database()`,
          ),
        ).toEqual([]),
      );
      const [row] = await restored.sql<{ count: string }>(
        'select xact_commit as count from pg_stat_database where datname = current_database()',
      );
      return Number(row!.count);
    };
    const before = await transactions();
    expect(await recovered(restored)).toMatchObject({ attempts: 200 });
    const taken = (await transactions()) - before;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(150);
    expect(await restored.attempts()).toEqual(await shop.attempts());
  }, 60_000);

  it('counts what came back once, where two do it at once', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    await shop.tell('a', discounted('SAVE'));
    await shop.refuse('a');
    await shop.relay();
    const both = await Promise.all([recovered(restored), recovered(restored)]);
    expect(both.map(({ missing }) => missing?.facts ?? 0).sort()).toEqual([0, 1]);
    expect(both.map(({ attempts }) => attempts).sort()).toEqual([0, 1]);
    expect(await restored.facts()).toEqual(await shop.facts());
  }, 60_000);

  it('goes on where it was killed, and is whole then', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    // Facts enough for three pages, in few appends.
    for (let count = 0; count < 24; count += 1) {
      const lines = Array.from({ length: 50 }, (_, at) => shop.tell(`k-${count}-${at}`, placed()));
      await Promise.all(lines);
    }
    await relayFast(shop);
    // A page that cannot be kept as long as we hold this: recover stands in the middle of its work.
    await restored.sql(`
      create function public.wait_for_test() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(4711); return new; end $$;
      create trigger wait_for_test before insert on orders.events for each row when (new.position = 700)
        execute function public.wait_for_test()`);
    const holder = new pg.Client({ connectionString: restored.config.DATABASE_URL });
    await holder.connect();
    await holder.query('select pg_advisory_lock(4711)');
    const program = join(repository, 'apps/cli/dist/main.js');
    const env = { ...process.env, NODE_OPTIONS: '', ...stringsOf(restored.config) };
    const running = spawn(process.execPath, [program, 'recover'], { env, stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    await eventually({ withinMs: 60_000 }, async () =>
      expect(
        await restored.sql(`select from pg_locks where locktype = 'advisory' and objid = 4711 and not granted`),
      ).toHaveLength(1),
    );
    running.kill('SIGKILL');
    await ended;
    await holder.query('select pg_advisory_unlock(4711)');
    await holder.end();
    await eventually({ withinMs: 30_000 }, async () =>
      expect(
        await restored.sql(
          `select from pg_stat_activity where application_name = 'orderlog recover' and datname = current_database()`,
        ),
      ).toEqual([]),
    );
    // It may have kept the page that it died in: its statement had been sent.
    const halfWay = (await restored.facts()).length;
    expect([501, 1_001]).toContain(halfWay);
    await restored.sql('drop trigger wait_for_test on orders.events');
    const again = await run('recover', restored);
    expect(again).toMatchObject({ code: 0, said: expect.stringMatching(/\d+ facts of \d+ orders came back/) });
    expect(await restored.facts()).toEqual(await shop.facts());
    expect(await differencesOf(restored)).toEqual([]);
  }, 180_000);
});

/** What the relay does, many rows at a time. */
async function relayFast(branch: Branch): Promise<void> {
  const topic = topicNames(branch.config.TOPIC_PREFIX);
  for (const name of [topic.events, topic.state, topic.attempts]) {
    const rows = await branch.sql<{ key: string; payload: Buffer; partition: number; headers: Record<string, string> }>(
      `select key, payload, partition, jsonb_strip_nulls(jsonb_build_object('order-id', "order-id", 'order-version', "order-version",
              'event-position', "event-position")) as headers from orders.outbox where aggregatetype = $1 order by seq`,
      [name],
    );
    await shop.producer.send(
      name,
      rows.map(({ key, payload: value, partition, headers }) => ({ key, value, partition, headers })),
    );
  }
  await branch.sql('delete from orders.outbox');
}

const stringsOf = (config: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

function run(
  command: string,
  branch: Branch,
  more: Record<string, string> = {},
): Promise<{ code: number; said: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', ...stringsOf(branch.config), ...more };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(repository, 'apps/cli/dist/main.js'), command], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, said: stdout + stderr }),
    );
  });
}

describe('a recover that cannot look', () => {
  const asRole = (role: string) => {
    const url = new URL(shop.config.ORDERS_DATABASE_URL);
    url.username = url.password = role;
    return url.href;
  };
  it.each<[string, () => Record<string, string>, RegExp]>([
    ['as a role that may not write', () => ({ ORDERS_DATABASE_URL: asRole('verify') }), /may not do this.*role orders/],
    ['as a role that may not read', () => ({ ORDERS_DATABASE_URL: asRole('revenue') }), /may not do this.*role orders/],
    [
      'the topics of another prefix',
      () => ({ TOPIC_PREFIX: `${randomUUID()}.` }),
      /Are TOPIC_PREFIX and KAFKA_BROKERS right/,
    ],
  ])(
    'says in a line each what is wrong and what to do: %s',
    async (_, environment, remedy) => {
      await shop.tell('a', placed());
      await shop.relay();
      const { code, said } = await run('recover', shop, environment());
      expect(code).toBe(1);
      expect(said).toMatch(remedy);
      expect(said).not.toMatch(/^ +at /m);
    },
    60_000,
  );

  it.each(['recover', 'verify'])(
    '%s: somebody who takes the connection and is no Postgres is not waited for',
    async (command) => {
      for (const answers of [true, false]) {
        const server = createServer((socket) => void (answers && socket.end())).listen(0, '127.0.0.1');
        await once(server, 'listening');
        const url = `postgres://orders:orders@127.0.0.1:${(server.address() as AddressInfo).port}/orderlog`;
        const { code, said } = await run(command, shop, { ORDERS_DATABASE_URL: url, VERIFY_DATABASE_URL: url });
        expect([code, said]).toEqual([1, expect.stringContaining('What to do: Is Postgres running')]);
        expect(said).not.toMatch(/^ +at /m);
        server.close();
      }
    },
    60_000,
  );
});

describe('what does not fit', () => {
  it('is a fork: orders that were taken after the restore, named from the first', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    await shop.tell('a', discounted('SAVE'));
    await shop.tell('b', placed());
    await shop.relay();
    await restored.tell('late', placed());
    const { message, remedy } = await refusalOf(restored);
    expect(message).toMatch(
      /go apart at position 2: the store has OrderPlaced, order late version 1, .* the topic had order a version 2, .* holds 1 fact of 1 order \(late\)/,
    );
    expect(remedy).toMatch(
      /stop the relays and order-service, keep .*position >= 2\).*put the backup back once more.*place those orders again/,
    );
    expect(await run('recover', restored)).toMatchObject({ code: 1, said: expect.stringContaining('What to do: ') });
  }, 60_000);

  it('is a fork that has reached the topic too; put back once more, what was first is taken, and the other is named', async () => {
    await shop.tell('a', placed());
    const [restored, onceMore] = [await shop.copy(), await shop.copy()];
    await shop.tell('a', discounted('SAVE'));
    await shop.tell('b', placed());
    await shop.relay();
    await restored.tell('late', placed());
    await restored.tell('a', discounted('LATE'));
    await restored.relay();
    expect((await refusalOf(restored)).message).toMatch(
      /go apart at position 2: the store has OrderPlaced, order late/,
    );

    expect(await recovered(onceMore)).toMatchObject({ missing: { facts: 2 }, foreign: 2, sentAgain: 1 });
    expect(await onceMore.facts()).toEqual(await shop.facts());
    await onceMore.relay(); // order a version 2 stands behind what had taken its key
    const named = (await differencesOf(onceMore)).map(({ order, what }) => `${order}: ${what.replace(/ \(.*/, '')}`);
    // Both are whole facts, and are named for as long as they are there; so is the state of an order that there is no more.
    expect(named.sort()).toEqual([
      'a: the store has another fact at this position',
      'late: the store has another fact at this position',
      'late: there is a state of it',
    ]);
  }, 60_000);

  it('is a hole: facts that were answered and never sent. Without them it goes on, and all is dense', async () => {
    await shop.tell('a', placed());
    await shop.relay();
    const restored = await shop.copy();
    await shop.tell('b', placed());
    await shop.tell('lost', placed());
    await shop.tell('a', discounted('SAVE'));
    await shop.tell('lost', discounted('LOST'));
    await shop.tell('b', discounted('MORE'));
    await shop.relay((order) => order !== 'lost');
    const { message, remedy } = await refusalOf(restored);
    expect(message).toMatch(/has a hole: 2 positions before 6 are not there \(3, 5\)/);
    expect(remedy).toMatch(/point-in-time recovery.*--without-lost/);

    const done = await recovered(restored, { withoutLost: true });
    expect(done).toMatchObject({ missing: { facts: 3 }, lost: { positions: 2 }, sentAgain: 2 });
    expect(reportOf(done, {}).join('\n')).toMatch(/LOST: 2 facts that nobody has any more/);
    const hashes = (branch: Branch) =>
      branch.sql<{ position: number; hash: Buffer }>(
        `select position::int, hash from orders.events where stream_id <> 'lost' order by position`,
      );
    expect((await hashes(restored)).map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    expect((await hashes(restored)).map(({ hash }) => hash)).toEqual((await hashes(shop)).map(({ hash }) => hash));
    await restored.relay();
    await topicsAreRight(restored);
    expect(await differencesOf(restored)).toEqual([]);
    expect(await recovered(restored)).toMatchObject({ missing: undefined, sentAgain: 0 });
    await restored.tell('c', placed());
    await restored.relay();
    expect(await differencesOf(restored)).toEqual([]);
  }, 60_000);

  it('is a hole within an order, and nothing goes on without what a chain needs', async () => {
    await shop.tell('a', placed());
    const restored = await shop.copy();
    await shop.tell('a', discounted('ONE'));
    await shop.tell('a', discounted('TWO'));
    await shop.sql(`delete from orders.outbox where key = 'a:2'`);
    await shop.relay();
    expect((await refusalOf(restored)).message).toMatch(/has a hole: 1 position before 3/);
    await expect(recovered(restored, { withoutLost: true })).rejects.toThrow(
      /order a version 3 at position 3 .* does not fit: version 2 of the order is not there before it/,
    );
    expect(await restored.facts()).toHaveLength(1);
  }, 60_000);

  /** A fact that holds by itself, at the next position. */
  const made = (more: Partial<StoredEvent>): StoredEvent => {
    const fact = {
      ...{ eventId: newId(), stream: 'a', version: 2, type: 'OrderCancelled', schemaVersion: 1, position: 2 },
      ...{ data: { currency: 'GBP', total: 1_000 }, metadata: {}, occurredAt: now(), recordedAt: now() + 1_000 },
      previousHash: noHash as Buffer,
      ...more,
    };
    return { ...fact, hash: hashOf(fact) };
  };
  it.each<[string, (last: StoredEvent) => StoredEvent, RegExp]>([
    ['a fact of another chain', () => made({}), /does not follow the hash of the order’s fact before it/],
    [
      'a version too far',
      ({ hash }) => made({ version: 3, previousHash: hash }),
      /version 2 of the order is not there/,
    ],
    [
      'a fact from before',
      () => made({ stream: 'b', version: 1, recordedAt: 1 }),
      /recorded no later than the fact before/,
    ],
    [
      'a fact of a newer release',
      ({ hash }) => made({ previousHash: hash, schemaVersion: 99 }),
      /facts of a newer release: OrderCancelled v99/,
    ],
  ])(
    'is %s',
    async (_, fact, says) => {
      await shop.tell('a', placed());
      await shop.relay();
      const restored = await shop.copy();
      const { hash } = (await shop.sql<{ hash: Buffer }>('select hash from orders.events'))[0]!;
      const event = fact({ hash } as StoredEvent);
      await shop.producer.send(topicNames(shop.config.TOPIC_PREFIX).events, [
        {
          ...{
            key: `${event.stream}:${event.version}`,
            value: shop.encoder.event(event),
            partition: partitionOf(event.stream),
          },
          headers: { 'event-position': '2' },
        },
      ]);
      expect((await refusalOf(restored)).message).toMatch(says);
    },
    60_000,
  );

  it('is a topic that has nothing at all', async () => {
    await shop.tell('a', placed());
    const { message, remedy } = await refusalOf(shop);
    expect(message).toMatch(/orders\.events\.v1 has no fact/);
    expect(remedy).toContain('TOPIC_PREFIX');
  }, 60_000);
});
