import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore, type NewEvent } from '@orderlog/event-store';
import { formatInstant } from '@orderlog/instant';
import { eventually } from '@orderlog/local-stack';
import { fromKeptState, keptStateShape, toStored } from '@orderlog/order-contract';
import { nothingLogged, type OrderEvent } from '@orderlog/order-domain';
import { log } from '../signals.js';
import { rowsOf } from '../test-kit/rows.js';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { telling } from '../test-kit/telling.js';
import { SealedSnapshots } from './sealed-snapshots.js';

const secret = 'a secret of sixteen characters';
/** Nothing is answered from memory: what is read is folded from the store. */
const env = { ORDERS_SNAPSHOT_EVERY: '10', ORDERS_CACHED_ORDERS: '0', ORDERS_IDEMPOTENCY_SECRET: secret };

let service: TestService;
let store: EventStore;
beforeAll(async () => {
  service = await runningService(env);
  store = new EventStore({ connectionString: service.database.as('orders') });
}, 60_000);
afterAll(async () => {
  await store.close();
  await service.stop();
}, 60_000);

const { newId, placed, discount, capture, refund, complete, read, call } = telling(() => service);
const sql = (text: string, values: unknown[] = []) => rowsOf(service.database.connectionString, text, values);
const snapshotsOf = async (id: string): Promise<number[]> =>
  (await sql('select version::int from orders.snapshots where stream_id = $1 order by 1', [id])).map(
    ({ version }) => version as number,
  );
const snapshotted = (id: string, versions: number[]) =>
  eventually({ withinMs: 30_000 }, async () => expect(await snapshotsOf(id)).toEqual(expect.arrayContaining(versions)));
const count = async (name: string, of = service): Promise<number> => {
  const text = await (await fetch(`${of.url}/metrics`)).text();
  return Number(new RegExp(`^orders_snapshots_${name}_total\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1]);
};

const day = (n: number): string => formatInstant(1_700_000_000_000_000 + n * 86_400_000_000);

/** Hundreds of facts, many of them learned of late, told over HTTP. */
async function longOrder(): Promise<string> {
  const id = await placed(1_000_000, { occurredAt: day(0), channel: 'shop' });
  for (let n = 1; n <= 30; n += 1) await discount(id, `CODE-${n}`, n, { occurredAt: day((n * 7) % 31) });
  for (let n = 1; n <= 120; n += 1) {
    await capture(id, `p-${n}`, 1_000 + n, { occurredAt: day(40 + ((n * 11) % 120)) });
    if (n % 4 === 0) await refund(id, `r-${n}`, 300 + n, { occurredAt: day(40 + ((n * 13) % 130)) });
    if (n % 8 === 0) await complete(id, `r-${n}`);
  }
  return id;
}

const claims = [5_000, 4_500].map((total) => ({ total, status: 'placed', origin: `orders.csv:${total}` }));
const importedOnHold: OrderEvent = {
  ...{ type: 'OrderImported', customerId: 'c-1', currency: 'GBP', total: 5_000, captured: 0, refunded: 0, claims },
  ...nothingLogged,
};
const event = (fact: OrderEvent, occurredAt: number): NewEvent => ({
  ...(toStored(fact) as Pick<NewEvent, 'type' | 'schemaVersion' | 'data'>),
  ...{ metadata: { actor: 'import' }, occurredAt },
});

/** Imported with rows that contradict each other, resolved again and again, and an order of release 0.1.0. */
async function importedOrders(): Promise<string[]> {
  const [held, old] = [newId(), newId()];
  await store.append({ stream: held, expectedVersion: 'none', events: [event(importedOnHold, 1_000_000)] });
  const held2 = (n: number) => ({ decision: `decision ${n}`, total: 4_000 + n, reason: 'a test' });
  await call('POST', `/orders/${held}/resolution`, held2(0));
  for (let n = 1; n <= 25; n += 1) {
    const again: OrderEvent = {
      ...{ type: 'OrderImportedAgain', currency: 'GBP', contradicts: true, ...nothingLogged },
      claims: [{ total: 3_000 + n, status: 'placed', origin: `again.csv:${n}` }],
    };
    await store.append({ stream: held, expectedVersion: 'exists', events: [event(again, 2_000_000 - n)] });
    await call('POST', `/orders/${held}/resolution`, held2(n));
  }
  const lines = [{ line: 1, sku: '85048', quantity: 1, unitPrice: 9_000, amount: 9_000 }];
  const then = { customerId: 'c-1', currency: 'GBP', lines, total: 9_000 };
  await store.append({
    ...{ stream: old, expectedVersion: 'none' },
    events: [{ type: 'OrderPlaced', schemaVersion: 1, data: then, metadata: {}, occurredAt: 1_000_000 }],
  });
  for (let n = 1; n <= 33; n += 1) await capture(old, `p-${n}`, n);
  return [held, old];
}

/** Everything that can be asked about these orders, as the bytes that are answered. */
async function everyAnswer(of: TestService, ids: string[]): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const ask = async (path: string, stable = (text: string) => text): Promise<void> => {
    const answer = await fetch(of.url + path, { headers: { 'x-correlation-id': 'the-same' } });
    answers.set(path, `${answer.status} ${answer.headers.get('etag') ?? ''} ${stable(await answer.text())}`);
  };
  for (const id of ids) {
    const facts = await store.read(id);
    await ask(`/orders/${id}`);
    for (const { version } of facts) await ask(`/orders/${id}?version=${version}`);
    await ask(`/orders/${id}?version=${facts.length + 1}`);
    for (const { version, recordedAt, occurredAt } of facts) {
      if (version % 3 !== 1) continue;
      await ask(`/orders/${id}?at=${formatInstant(recordedAt)}`);
      await ask(`/orders/${id}?at=${formatInstant(recordedAt - 1)}`);
      await ask(`/orders/${id}?asOf=${formatInstant(occurredAt)}`);
      await ask(`/orders/${id}?at=${formatInstant(recordedAt)}&asOf=${formatInstant(occurredAt)}`);
    }
    for (const limit of [7, 1_000]) {
      for (let after = 0; after < facts.length; after += limit) {
        await ask(`/orders/${id}/events?afterVersion=${after}&limit=${limit}`);
      }
    }
    const issued = /"(issuedAt|value)":"[^"]*"/g; // now, and the signature over it
    await ask(`/orders/${id}/dossier?format=json`, (text) => text.replaceAll(issued, ''));
  }
  await ask('/orders?limit=50');
  return answers;
}

/** The addresses whose answers are not the same. */
const differing = (one: Map<string, string>, other: Map<string, string>): string[] =>
  [...new Set([...one.keys(), ...other.keys()])].filter((path) => one.get(path) !== other.get(path));

describe('snapshots', () => {
  let ids: string[];
  let withThem: Map<string, string>;
  beforeAll(async () => {
    ids = [await longOrder(), ...(await importedOrders())];
    await snapshotted(ids[0]!, [10, 100, 190]);
    await snapshotted(ids[1]!, [20, 50]);
    await snapshotted(ids[2]!, [30]);
    const before = await count('used');
    withThem = await everyAnswer(service, ids);
    expect((await count('used')) - before).toBeGreaterThan(400);
  }, 120_000);

  it('change no answer: without any of them, every one is the same, byte for byte', async () => {
    await sql('delete from orders.snapshots');
    const never = await service.another({ ORDERS_SNAPSHOT_EVERY: '0' });
    expect(differing(await everyAnswer(never, ids), withThem)).toEqual([]);
    expect(await snapshotsOf(ids[0]!)).toEqual([]);
    expect(await count('used', never)).toBe(0);
    await never.stop();
    expect(withThem.size).toBeGreaterThan(700);
  }, 120_000);

  it('are made again by reading, and the answers are the same while they are and once they are', async () => {
    await sql('delete from orders.snapshots');
    expect(differing(await everyAnswer(service, ids), withThem)).toEqual([]);
    await eventually({ withinMs: 30_000 }, async () => expect((await snapshotsOf(ids[0]!)).length).toBeGreaterThan(3));
    expect(differing(await everyAnswer(service, ids), withThem)).toEqual([]);
  }, 120_000);

  it('of another shape are not read, thrown away at start, and made again', async () => {
    const { shape } = new SealedSnapshots(secret);
    await read(ids[0]!);
    await snapshotted(ids[0]!, [(await store.read(ids[0]!)).length]);
    const forged = `replace(state::text, '"captured":', '"captured":9')::json`;
    await sql(`update orders.snapshots set shape = 'order-1', state = ${forged}`);
    expect(differing(await everyAnswer(service, ids), withThem)).toEqual([]);
    const next = await service.another();
    await eventually({ withinMs: 30_000 }, async () =>
      expect(await sql('select distinct shape from orders.snapshots')).toEqual([{ shape }]),
    );
    expect(differing(await everyAnswer(next, ids), withThem)).toEqual([]);
    await next.stop();
    expect(shape.startsWith(`${keptStateShape}/`)).toBe(true);
  }, 120_000);
});

describe('a snapshot', () => {
  /** Ten facts and a snapshot of them, then two more. */
  async function withSnapshot(): Promise<string> {
    const id = await placed(1_000);
    for (let n = 1; n <= 11; n += 1) await capture(id, `p-${n}`, 10);
    await snapshotted(id, [10]);
    await eventually({ withinMs: 30_000 }, async () =>
      expect(await (await fetch(`${service.url}/metrics`)).text()).toMatch(/^orders_snapshots_waiting\{.*\} 0$/m),
    );
    await sql('delete from orders.snapshots where stream_id = $1 and version <> 10', [id]); // made by reading
    return id;
  }

  it('is what a state is folded from: one that says otherwise is believed where its seal and its fact are right', async () => {
    const id = await withSnapshot();
    const sealed = new SealedSnapshots(secret);
    const kept = (await store.latestSnapshot(id, sealed.shape))!;
    const state = fromKeptState(kept.state);
    const told = { ...state, order: { ...state.order, total: 7_777 } };
    await store.saveSnapshot(sealed.seal(id, told, kept.hash));
    expect((await read(id)).body).toMatchObject({ version: 12, total: 7_777, captured: 110 });
    expect((await read(id, '?version=10')).body.total).toBe(7_777);
    expect((await read(id, '?version=9')).body.total).toBe(1_000);
  });

  it.each([
    ['its total', `set state = jsonb_set(state::jsonb, '{order,total}', '7777')`],
    ['its version', `set version = 11, hash = (select hash from orders.events where stream_id = $1 and version = 11)`],
    ['its order', `set state = (select state from orders.snapshots where stream_id <> $1 and version = 10 limit 1)`],
    ['its hash', `set hash = sha256(hash)`],
    ['its seal', `set seal = ''`],
  ])('that somebody has changed is not believed, thrown away and said: %s', async (_, change) => {
    await withSnapshot();
    const id = await withSnapshot();
    await sql(`update orders.snapshots ${change} where stream_id = $1 and version = 10`, [id]);
    const heard = log.heard('snapshots.untrue', { withinMs: 30_000, where: ({ orderId }) => orderId === id });
    const untrue = await count('untrue');
    expect((await read(id)).body).toMatchObject({ version: 12, total: 1_000, captured: 110 });
    await heard;
    expect(await count('untrue')).toBe(untrue + 1);
    await eventually({ withinMs: 30_000 }, async () =>
      expect((await store.latestSnapshot(id, new SealedSnapshots(secret).shape, 11))?.version).not.toBe(10),
    );
    expect((await read(id)).body).toMatchObject({ version: 12, total: 1_000, captured: 110 });
  });

  it('of facts that the store does not have is not believed, also where it is sealed', async () => {
    const id = await withSnapshot();
    const sealed = new SealedSnapshots(secret);
    const kept = (await store.latestSnapshot(id, sealed.shape))!;
    for (const wrong of [
      sealed.seal(id, fromKeptState(kept.state), Buffer.alloc(32, 7)),
      sealed.seal(id, { ...fromKeptState(kept.state), version: 99 }, kept.hash),
    ]) {
      await store.saveSnapshot(wrong);
      const heard = log.heard('snapshots.untrue', { withinMs: 30_000, where: ({ orderId }) => orderId === id });
      expect((await read(id)).body).toMatchObject({ version: 12, captured: 110 });
      await heard;
      await store.forgetSnapshot(wrong);
    }
  });

  it('that cannot be written is no matter to a command', async () => {
    await sql('revoke insert on orders.snapshots from orders');
    const failed = await count('failed');
    const id = await placed(1_000);
    for (let n = 1; n <= 12; n += 1) expect((await capture(id, `p-${n}`, 10)).status).toBe(201);
    await eventually({ withinMs: 30_000 }, async () => expect(await count('failed')).toBeGreaterThan(failed));
    await sql('grant insert on orders.snapshots to orders');
    expect(await snapshotsOf(id)).toEqual([]);
    expect((await read(id)).body).toMatchObject({ version: 13, captured: 120 });
    await snapshotted(id, [13]);
  });
});
