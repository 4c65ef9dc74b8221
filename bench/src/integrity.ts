/**
 * What tamper evidence costs: the tree in memory, a signature, a checkpoint of the running audit (its tree read, grown, kept
 * and signed), a proof over HTTP, and `orderlog verify` over everything: store, topic, checkpoints, audit, revenue.
 *     npm run bench -- integrity [--json] [--orders 20000] [--leaves 1000000]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore } from '@orderlog/event-store';
import { now } from '@orderlog/instant';
import { brokersOf, PlainProducer, SchemaRegistry, type PlainMessage } from '@orderlog/kafka';
import { createDatabase, freePorts, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { GrowingTree, inclusionHolds, leafHash, Tiles, type Tile } from '@orderlog/merkle-tree';
import {
  messageEncoder,
  messagesOf,
  readSchemaText,
  signatureHolds,
  signCheckpoint,
  signingKeyOf,
  topicNames,
  toStored,
  type RecordedFact,
} from '@orderlog/order-contract';
import { fold, type OrderEvent } from '@orderlog/order-domain';
import { createPublicKey, randomBytes, randomUUID } from 'node:crypto';
import { readArguments, report, type Entry } from './measuring/report.js';

const { json, orders, leaves } = readArguments({ orders: 20_000, leaves: 1_000_000 });
const bench = 'integrity';
const entries: Entry[] = [];
const enter = (what: string, unit: string, value: number, note?: string) =>
  entries.push({ bench, case: what, unit, value, ...(note !== undefined && { note }) });
const secondsOf = async (work: () => unknown): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
};
const median = (values: number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1] ?? NaN;

async function measureTree(): Promise<void> {
  const hashes = Array.from({ length: 4_096 }, () => randomBytes(32));
  const tree = new GrowingTree();
  const kept = new Map<string, Tile>();
  const seconds = await secondsOf(() => {
    for (let n = 0; n < leaves; n++) tree.append(leafHash(hashes[n % hashes.length]!));
    for (const tile of tree.takeChanged()) kept.set(`${tile.level}/${tile.index}`, tile);
  });
  enter('tree: append', 'leaves/s', leaves / seconds, `${leaves.toLocaleString('en')} leaves, tiles kept`);
  const tiles = new Tiles(kept.values());
  const claims = Array.from({ length: 1_000 }, () => {
    const leaf = Math.floor(Math.random() * leaves);
    return {
      leaf,
      leafHash: leafHash(hashes[leaf % hashes.length]!),
      size: leaves,
      root: tree.root(),
      proof: [] as Buffer[],
    };
  });
  const proving = await secondsOf(() => {
    for (const claim of claims) claim.proof = tiles.inclusionProof(claim.leaf, claim.size);
  });
  enter('tree: inclusion proof made', 'ms', proving, `of ${claims[0]!.proof.length} hashes, from tiles in memory`);
  const checking = await secondsOf(() => {
    if (!claims.every((claim) => inclusionHolds(claim))) throw new Error('a proof does not hold');
  });
  enter('tree: inclusion proof checked', 'ms', checking);
  const key = signingKeyOf(randomBytes(32));
  const checkpoint = { origin: 'bench', treeSize: leaves, rootHash: tree.root(), issuedAt: now() };
  const signing = await secondsOf(() => {
    for (let n = 0; n < 1_000; n++) signCheckpoint(checkpoint, key);
  });
  enter('checkpoint: signature made', 'ms', signing);
  const signed = signCheckpoint(checkpoint, key);
  const publicKey = createPublicKey(key);
  const verifying = await secondsOf(() => {
    for (let n = 0; n < 1_000; n++) if (!signatureHolds(signed, publicKey)) throw new Error('it does not hold');
  });
  enter('checkpoint: signature checked', 'ms', verifying);
}

const factsOf = (n: number): OrderEvent[] => [
  {
    ...{ type: 'OrderPlaced', customerId: `c-${n % 997}`, channel: 'api', currency: 'GBP', total: 3_564 },
    lines: [
      { line: 1, sku: '85123A', quantity: 6, unitPrice: 255, amount: 1_530 },
      { line: 2, sku: '71053', quantity: 6, unitPrice: 339, amount: 2_034 },
    ],
  },
  {
    ...{ type: 'PaymentCaptured', currency: 'GBP', paymentId: `p-${n}`, amount: 3_564 },
    allocation: [
      { line: 1, sku: '85123A', quantity: 6, amount: 1_530 },
      { line: 2, sku: '71053', quantity: 6, amount: 2_034 },
    ],
  },
];

/** The stack's addresses for the programs, on a database and topics of this run. */
const database = await createDatabase();
const addresses = stackAddresses();
const prefix = topicPrefix();
const [auditPort, revenuePort] = (await freePorts(2)) as [number, number];
const environment = {
  ...process.env,
  NODE_OPTIONS: '',
  KAFKA_BROKERS: addresses.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: addresses.SCHEMA_REGISTRY_URL,
  TOPIC_PREFIX: prefix,
  DATABASE_URL: database.connectionString,
  ORDERS_DATABASE_URL: database.as('orders'),
  VERIFY_DATABASE_URL: database.as('verify'),
  AUDIT_DATABASE_URL: database.as('audit'),
  REVENUE_DATABASE_URL: database.as('revenue'),
  AUDIT_PORT: String(auditPort),
  REVENUE_PORT: String(revenuePort),
};
const running: ChildProcess[] = [];

/** One of our programs; what it says line by line. */
function run(app: string, args: string[], env: Record<string, string>, hear: (line: string) => void): ChildProcess {
  const child = spawn(process.execPath, [join(repository, 'apps', app, 'dist/main.js'), ...args], {
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', hear);
  running.push(child);
  return child;
}

async function orderlog(...args: string[]): Promise<{ said: string[]; seconds: number }> {
  const said: string[] = [];
  let code: number | null = null;
  const seconds = await secondsOf(async () => {
    [code] = (await once(
      run('cli', args, {}, (line) => void said.push(line)),
      'exit',
    )) as [number | null];
  });
  if (code !== 0) throw new Error(`orderlog ${args.join(' ')} ended with ${String(code)}: ${said.join('\n')}`);
  return { said, seconds };
}

/** Orders of two facts each in the store, and their messages in the topics. */
async function bringFacts(): Promise<void> {
  const topics = topicNames(prefix);
  const registry = new SchemaRegistry({ url: addresses.SCHEMA_REGISTRY_URL });
  const id = async (topic: string, name: 'OrderEvent' | 'OrderState' | 'OrderAttempt') =>
    (await registry.lookUp(`${topic}-value`, readSchemaText(name)))!.id;
  const encoder = messageEncoder({
    OrderEvent: await id(topics.events, 'OrderEvent'),
    OrderState: await id(topics.state, 'OrderState'),
    OrderAttempt: await id(topics.attempts, 'OrderAttempt'),
  });
  const store = new EventStore({ connectionString: database.as('orders') });
  const producer = new PlainProducer({ brokers: brokersOf(addresses.KAFKA_BROKERS), clientId: 'bench' });
  for (let from = 0; from < orders; from += 500) {
    const sent: Record<string, PlainMessage[]> = { [topics.events]: [], [topics.state]: [] };
    const results = await store.appendMany(
      Array.from({ length: Math.min(500, orders - from) }, (_, n) => {
        const facts = factsOf(from + n);
        return {
          stream: randomUUID(),
          expectedVersion: 'none' as const,
          events: facts.map((fact) => ({ ...toStored(fact), metadata: { actor: 'bench' }, occurredAt: now() })),
          messages: (recorded: RecordedFact[]) => {
            for (const message of messagesOf(recorded, fold(facts), encoder, topics)) {
              const headers = Object.entries(message.headers).filter(([, text]) => typeof text === 'string');
              sent[message.topic]!.push({
                ...{ key: message.key, value: message.payload, partition: message.partition },
                headers: Object.fromEntries(headers),
                timestampMs: Math.floor(message.timestamp / 1_000),
              });
            }
            return []; // sent here: the relay is no part of this
          },
        };
      }),
    );
    if (results.some(({ outcome }) => outcome !== 'appended')) throw new Error('not appended');
    for (const [topic, messages] of Object.entries(sent)) await producer.send(topic, messages);
  }
  await producer.close();
  await store.close();
}

const ask = async <T>(path: string): Promise<T> =>
  (await (await fetch(`http://127.0.0.1:${auditPort}${path}`)).json()) as T;
const coveredTo = async (facts: number): Promise<void> => {
  for (const giveUpAt = performance.now() + 300_000; performance.now() < giveUpAt; await sleep(500)) {
    const latest = await ask<{ checkpoints: { treeSize: number }[] }>('/audit/checkpoints?limit=1').catch(
      () => undefined,
    );
    if ((latest?.checkpoints[0]?.treeSize ?? 0) >= facts) return;
  }
  throw new Error(`no checkpoint over ${facts} facts within 5 minutes`);
};

try {
  await measureTree();
  await orderlog('prepare');
  await bringFacts();
  const checkpoints: { facts: number; tookMs: number }[] = [];
  run('audit-projection', [], { LOG_LEVEL: 'debug', AUDIT_CHECKPOINT_EVERY_MS: '1000' }, (line) => {
    if (!line.includes('"checkpoints.signed"')) return;
    const { facts, tookMs } = JSON.parse(line) as { facts: number; tookMs: number };
    checkpoints.push({ facts, tookMs });
  });
  run('revenue-projection', [], {}, () => undefined);
  await coveredTo(2 * orders);
  const largest = checkpoints.toSorted((one, other) => other.facts - one.facts)[0]!;
  enter(
    'audit: a checkpoint',
    'ms',
    largest.tookMs,
    `over ${largest.facts.toLocaleString('en')} new facts, kept and signed`,
  );

  const page = await ask<{ checkpoints: { treeSize: number }[] }>('/audit/checkpoints?limit=1');
  const store = new EventStore({ connectionString: database.as('verify') });
  const some = (await store.readAll({ afterPosition: orders, limit: 200 })).map(({ stream }) => stream);
  await store.close();
  const asking: number[] = [];
  for (const stream of some) {
    asking.push(1_000 * (await secondsOf(() => ask(`/audit/orders/${stream}/proof?version=1`))));
  }
  const size = page.checkpoints[0]!.treeSize.toLocaleString('en');
  enter('audit: an inclusion proof over HTTP', 'ms', median(asking), `median of 200, in a tree of ${size}`);

  const { said, seconds } = await orderlog('verify');
  enter('orderlog verify, everything', 'facts/s', (2 * orders) / seconds, said[0] ?? '');
  const one = await orderlog('verify', '--order', some[0]!);
  enter(
    'orderlog verify --order',
    'ms',
    1_000 * one.seconds,
    'start of the program and the read of one partition included',
  );
  report(entries, json);
} finally {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  await database.drop();
}
