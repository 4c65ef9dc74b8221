/**
 * What an order costs over HTTP: `POST /orders` with two lines on 64 connections, the order-service in a process of its
 * own as it ships, every order durable (fsync and synchronous_commit on) with its fact and both of its messages; the load
 * generator is this process, on the same machine. With and without an Idempotency-Key. Beside it, in the same run: a bare
 * Fastify that answers nothing, which is what HTTP alone costs here.
 *     npm run bench -- orders [--json] [--seconds 5] [--rounds 3] [--connections 64]
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, freePorts, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { Client } from 'pg';
import { HttpConnection } from './measuring/http-client.js';
import { readArguments, report, type Entry } from './measuring/report.js';
import { preparePlatform, start, stop, type Running } from './measuring/running.js';
import { measureWriters, type Measured } from './measuring/writers.js';

const { json, seconds, rounds, connections } = readArguments({ seconds: 5, rounds: 3, connections: 64 });
const ticksASecond = 100;

const body = JSON.stringify({
  customerId: 'c-5f2d',
  currency: 'GBP',
  lines: [
    { sku: '85123A', quantity: 6, unitPrice: 255 },
    { sku: '71053', quantity: 6, unitPrice: 339 },
  ],
});
const place = (more = ''): string =>
  `POST /orders HTTP/1.1\r\nHost: orders\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
const plain = place();
const run = randomBytes(4).toString('hex');
let keys = 0;

interface Load extends Measured {
  /** Microseconds of processor time that the server's process took for an answer. */
  serverMicros: number;
}

async function measure(server: Running, request: () => string, status: number): Promise<Load> {
  const open = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(server.url)));
  let answers = 0;
  const before = cpuSeconds(server.process.pid!);
  const measured = await measureWriters(connections, seconds, async (connection) => {
    const answer = await open[connection]!.ask(request());
    if (answer.status !== status) throw new Error(`${answer.status}: ${answer.body}`);
    answers += 1;
  });
  const serverMicros = ((cpuSeconds(server.process.pid!) - before) / answers) * 1e6;
  for (const connection of open) connection.close();
  return { ...measured, serverMicros };
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksASecond;
}

const median = <Each extends Measured>(measured: Each[]): Each =>
  measured.toSorted((one, other) => one.rate - other.rate)[measured.length >> 1]!;

const database = await createDatabase();
const [orderPort, barePort] = (await freePorts(2)) as [number, number];
const env: NodeJS.ProcessEnv = {
  ...process.env,
  ...stackAddresses(),
  DATABASE_URL: database.connectionString,
  TOPIC_PREFIX: topicPrefix(),
};
const running: Running[] = [];
try {
  await preparePlatform(env);
  const orders = await start([...process.execArgv, join(repository, 'apps/order-service/dist/main.js')], orderPort, {
    ...env,
    ORDERS_PORT: String(orderPort),
    ORDERS_DATABASE_URL: database.as('orders'),
    LOG_LEVEL: 'warn',
  });
  running.push(orders);
  const bare = await start([join(repository, 'bench/dist/bare-fastify.js')], barePort, {
    ...env,
    PORT: String(barePort),
  });
  running.push(bare);

  const all: Record<'bare' | 'plain' | 'keyed', Load[]> = { bare: [], plain: [], keyed: [] };
  for (let round = 0; round < rounds; round++) {
    all.bare.push(await measure(bare, () => plain, 204));
    all.plain.push(await measure(orders, () => plain, 201));
    all.keyed.push(await measure(orders, () => place(`Idempotency-Key: ${run}-${keys++}\r\n`), 201));
  }
  const [empty, without, keyed] = [median(all.bare), median(all.plain), median(all.keyed)];

  const client = new Client({ connectionString: database.connectionString });
  await client.connect();
  const kept = await client.query<{ facts: string; messages: string; commands: string }>(
    `select (select count(*) from orders.events) as facts, (select count(*) from orders.outbox) as messages,
            (select count(*) from orders.commands) as commands`,
  );
  await client.end();
  const { facts, messages, commands } = kept.rows[0]!;
  if (Number(messages) !== 2 * Number(facts) || Number(commands) !== keys)
    throw new Error(`${facts} facts, ${messages} messages, ${commands} commands of ${keys}`);

  const note = ({ p50Ms, p99Ms, serverMicros }: Load): string =>
    `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${serverMicros.toFixed(0)} µs of the server’s processor each`;
  const bench = 'orders';
  const baseline = 'bare Fastify, empty answers';
  const entries: Entry[] = [
    { bench, case: baseline, unit: 'answers/s', value: empty.rate, note: note(empty) },
    {
      bench,
      case: 'POST /orders',
      unit: 'orders/s',
      value: without.rate,
      baseline,
      ratio: without.rate / empty.rate,
      note: note(without),
    },
    {
      bench,
      case: 'POST /orders with an Idempotency-Key',
      unit: 'orders/s',
      value: keyed.rate,
      baseline,
      ratio: keyed.rate / empty.rate,
      note: note(keyed),
    },
  ];
  report(entries, json);
} finally {
  await Promise.all(running.map(stop));
  await database.drop();
}
