/**
 * What a snapshot saves: the latest state of an order with 10,000 facts, and its states at versions anywhere in its past,
 * asked over HTTP of an order-service in a process of its own that keeps no state in memory. Without snapshots, and in the
 * same run and store with one every 200 facts; the answers are compared. Also how long making them all took, by reading.
 *     npm run bench -- state [--json] [--facts 10000] [--seconds 3] [--every 200]
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { EventStore, type NewEvent } from '@orderlog/event-store';
import { createDatabase, freePorts, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { toStored } from '@orderlog/order-contract';
import type { OrderEvent } from '@orderlog/order-domain';
import { readArguments, report, type Entry } from './measuring/report.js';
import { preparePlatform, start, stop, type Running } from './measuring/running.js';
import { measureWriters, type Measured } from './measuring/writers.js';

const { json, facts, seconds, every } = readArguments({ facts: 10_000, seconds: 3, every: 200 });
const order = 'long-order';

const line = { line: 1, sku: '85123A', quantity: 1, unitPrice: 2 * facts, amount: 2 * facts };
function* history(): Generator<OrderEvent> {
  const currency = 'GBP';
  yield { type: 'OrderPlaced', customerId: 'c-1', channel: 'bench', currency, lines: [line], total: line.amount };
  for (let n = 2; n <= facts; n += 1) {
    const allocation = [{ line: 1, sku: line.sku, quantity: 0, amount: 1 }];
    yield { type: 'PaymentCaptured', currency, paymentId: `p-${n}`, amount: 1, allocation };
  }
}

async function keepHistory(connectionString: string): Promise<void> {
  const store = new EventStore({ connectionString });
  const occurredAt = 1_700_000_000_000_000;
  const events = [...history()].map((fact): NewEvent => ({
    ...(toStored(fact) as Pick<NewEvent, 'type' | 'schemaVersion' | 'data'>),
    ...{ metadata: { actor: 'bench' }, occurredAt },
  }));
  for (let from = 0; from < events.length; from += 1_000) {
    const result = await store.append({
      ...{ stream: order, expectedVersion: from === 0 ? 'none' : from },
      events: events.slice(from, from + 1_000),
    });
    if (result.outcome !== 'appended') throw new Error(`not appended but ${result.outcome}`);
  }
  await store.close();
}

const ask = async ({ url }: Running, query = ''): Promise<string> => {
  const answer = await fetch(new URL(`/orders/${order}${query}`, url));
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.text();
};

/** Versions that lie far apart and hit no snapshot but by chance; the same in each run. */
const versionAt = (n: number): number => 1 + ((n * 7_919) % facts);

interface Asked {
  latest: Measured;
  past: Measured;
  /** Of some of the answers. */
  digest: string;
}

async function measure(server: Running): Promise<Asked> {
  let n = 0;
  const latest = await measureWriters(1, seconds, () => ask(server));
  const past = await measureWriters(1, seconds, () => ask(server, `?version=${versionAt(n++)}`));
  const digest = createHash('sha256').update(await ask(server));
  for (let nth = 0; nth < 20; nth += 1) digest.update(await ask(server, `?version=${versionAt(nth)}`));
  return { latest, past, digest: digest.digest('hex') };
}

const database = await createDatabase();
const [port] = (await freePorts(1)) as [number];
const env: NodeJS.ProcessEnv = {
  ...process.env,
  ...stackAddresses(),
  DATABASE_URL: database.connectionString,
  TOPIC_PREFIX: topicPrefix(),
};
const orderService = (snapshotEvery: number): Promise<Running> =>
  start([...process.execArgv, join(repository, 'apps/order-service/dist/main.js')], port, {
    ...env,
    ORDERS_PORT: String(port),
    ORDERS_DATABASE_URL: database.as('orders'),
    ORDERS_CACHED_ORDERS: '0',
    ORDERS_SNAPSHOT_EVERY: String(snapshotEvery),
    LOG_LEVEL: 'warn',
  });
let server: Running | undefined;
try {
  await preparePlatform(env);
  await keepHistory(database.as('orders'));
  server = await orderService(0);
  const without = await measure(server);
  await stop(server);

  server = await orderService(every);
  const began = performance.now();
  // Each is folded from the one before it, and kept because that were more facts than `every`.
  for (let version = every + 1; version <= facts; version += every + 1) await ask(server, `?version=${version}`);
  await ask(server);
  const madeMs = performance.now() - began;
  const withThem = await measure(server);
  if (withThem.digest !== without.digest) throw new Error('the answers are not the same');

  const bench = 'state';
  const entry = (what: string, measured: Measured, baseline?: [string, Measured]): Entry => ({
    ...{ bench, case: what, unit: 'answers/s', value: measured.rate },
    ...(baseline && { baseline: baseline[0], ratio: measured.rate / baseline[1].rate }),
    note: `p50 ${measured.p50Ms.toFixed(1)} ms, p99 ${measured.p99Ms.toFixed(1)} ms`,
  });
  const [latest, past] = ['latest state, all facts folded', 'state at a version, all facts folded'];
  report(
    [
      entry(latest, without.latest),
      entry('latest state, from a snapshot', withThem.latest, [latest, without.latest]),
      entry(past, without.past),
      entry('state at a version, from a snapshot', withThem.past, [past, without.past]),
      { bench, case: 'reading it through, snapshots made', unit: 'ms', value: madeMs },
    ],
    json,
  );
} finally {
  if (server) await stop(server);
  await database.drop();
}
