/**
 * How fast the relay drains an outbox: rows of 1 kB with six headers, in six partitions, that wait when it starts; beside it,
 * in the same run, the same rows sent from memory by kafkajs's own producer, one request at a time, without Postgres.
 *     npm run bench -- relay [--json] [--rows 90000] [--bytes 1000] [--rounds 3]
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brokersOf, ensureTopics, PlainProducer, withAdmin } from '@orderlog/kafka';
import { createDatabase, freePorts, migrate, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { Client } from 'pg';
import { readArguments, report, type Entry } from './measuring/report.js';

const { json, rows, bytes, rounds } = readArguments({ rows: 90_000, bytes: 1_000, rounds: 3 });
const partitions = 6;
const ticksASecond = 100;

const addresses = stackAddresses();
const prefix = topicPrefix();
const topic = `${prefix}drained`;
const kafka = { brokers: brokersOf(addresses.KAFKA_BROKERS), clientId: 'bench' };
await withAdmin(kafka, (admin) =>
  ensureTopics(admin, [{ topic, partitions, configs: { 'cleanup.policy': 'compact' } }]),
);
const database = await createDatabase();
await migrate(
  database.connectionString,
  ['libs/event-store/migrations', 'apps/outbox-relay/migrations'].map((path) => join(repository, path)),
);
const owner = new Client({ connectionString: database.connectionString });
await owner.connect();

const fill = () =>
  owner.query(
    `insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, timestamp,
                                "event-id", "event-type", "order-id", "order-version", "event-position", traceparent)
     select $1, 'order-' || i / 10, 'PaymentCaptured', $3::bytea, 'order-' || i / 10 || ':' || i % 10, i / 10 % $4, now(),
            uuidv7()::text, 'PaymentCaptured', 'order-' || i / 10, (i % 10)::text, i::text,
            '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
     from generate_series(1, $2::integer) i`,
    [topic, rows, randomBytes(bytes), partitions],
  );

const [port] = await freePorts(1);
const relay = () =>
  spawn(process.execPath, [join(repository, 'apps/outbox-relay/dist/main.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'silent',
      RELAY_PORT: String(port),
      RELAY_DATABASE_URL: database.as('relay'),
      KAFKA_BROKERS: addresses.KAFKA_BROKERS,
      TOPIC_PREFIX: prefix,
    },
  });
const sentBy = async (): Promise<number> =>
  fetch(`http://127.0.0.1:${port}/relay`).then(
    async (answer) => ((await answer.json()) as { sentRows: number }).sentRows,
    () => 0,
  );
const processorSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksASecond;
};
const median = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1] ?? 0;

/** From the moment that everything waits and the relay holds its leases, to the last acknowledgement. */
const drained: number[] = [];
const costs: number[] = [];
const child = relay();
try {
  while ((await sentBy()) === 0) {
    await owner.query(`insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, timestamp)
                       select '${topic}', 'warm', 'Up', 'x', 'warm', p, now() from generate_series(0, ${partitions - 1}) p`);
    await sleep(500);
  }
  for (let round = 0; round < rounds; round++) {
    await fill();
    const before = { sent: await sentBy(), at: performance.now(), cpu: processorSeconds(child.pid ?? 0) };
    const waiting = Number((await owner.query<{ n: string }>('select count(*) as n from orders.outbox')).rows[0]?.n);
    while ((await sentBy()) - before.sent < waiting) await sleep(20);
    drained.push(waiting / ((performance.now() - before.at) / 1_000));
    costs.push(((processorSeconds(child.pid ?? 0) - before.cpu) / waiting) * 1e6);
  }
} finally {
  child.kill('SIGTERM');
}

const fromMemory: number[] = [];
const producer = new PlainProducer(kafka);
const value = randomBytes(bytes);
for (let round = 0; round < rounds; round++) {
  const began = performance.now();
  for (let sent = 0; sent < rows; sent += 500) {
    const messages = Array.from({ length: 500 }, (_, index) => ({
      key: `order-${sent + index}`,
      value,
      partition: (sent / 500) % partitions,
      headers: { 'event-id': '0192f1c4-5b1e-7000-8000-000000000000', 'order-id': `order-${sent + index}` },
    }));
    await producer.send(topic, messages);
  }
  fromMemory.push(rows / ((performance.now() - began) / 1_000));
}
await producer.close();
await withAdmin(kafka, ({ admin }) => admin.deleteTopics({ topics: [topic] }));
await owner.end();
await database.drop();

const [rate, baseline] = [median(drained), median(fromMemory)];
const entry = (of: string, value: number, unit: string): Entry => ({ bench: 'relay', case: of, unit, value });
report(
  [
    { ...entry('from memory, one request at a time', baseline, 'rows/s'), note: 'kafkajs’s own producer' },
    { ...entry('drained from the outbox', rate, 'rows/s'), baseline: 'from memory', ratio: rate / baseline },
    { ...entry('processor time of the relay', median(costs), 'µs/row'), note: 'a core would carry 1,000,000 / this' },
  ],
  json,
);
