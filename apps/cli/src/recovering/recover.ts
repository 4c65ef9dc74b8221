import { EventStore, restoreEvents, type StoredEvent, underAppendLock } from '@orderlog/event-store';
import { formatInstant } from '@orderlog/instant';
import { type Decoder, SchemaRegistry } from '@orderlog/kafka';
import {
  destroyReturnedKeysQuery,
  metadataOf,
  type OrderAttemptMessage,
  readOrderEvent,
  readSchemaText,
  recordAttemptsQuery,
  topicNames,
} from '@orderlog/order-contract';
import pg from 'pg';
import type { Config } from '../config.js';
import { registeredEncoder } from '../importing/registered-encoder.js';
import { sendTails, type Tail } from '../republishing/send-tails.js';
import { connectWithinMs } from '../open-pool.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { count, counted } from '../terminal/numbers.js';
import { connectionOf } from '../topics/create-topics.js';
import {
  beginComparison,
  chooseMissing,
  firstBreak,
  firstFork,
  foreignFacts,
  type Fork,
  type Gap,
  gapsBefore,
  hasNoFact,
  lostKeys,
  type Missing,
  nextMissing,
  learnSizes,
  outOfOrder,
  settleUpToNow,
  storeHead,
} from './beside-topic.sql.js';
import { positionsOf } from './positions-of.js';
import { noteTopics } from './note-topics.js';

export type Step = 'reading' | 'restoring' | 'sending again';

export interface RecoverOptions {
  config: Config;
  /** Only look, and say what would come back. */
  dryRun?: boolean;
  /** Go on where facts are lost for good: what stood behind them moves up. */
  withoutLost?: boolean;
  signal: AbortSignal;
  onStep: (step: Step, unit: string, done: number, of?: number) => void;
}

export interface Recovered {
  /** What came back, or would; undefined: the store lacked nothing. */
  missing: Missing | undefined;
  /** Positions that nobody has any more. */
  lost: { gaps: Gap[]; positions: number };
  /** Facts on the topic that are not the store's. */
  foreign: number;
  attempts: number;
  /** Keys that had come back with the backup and were destroyed again. */
  keysDestroyed: number;
  /** Customers' keys that came with facts and are gone, and how many orders are sealed with them. */
  keysLost: { keys: number; orders: number };
  /** Orders of which facts, or only the state, were sent again. */
  sentAgain: number;
}

/** So many facts, or attempts, share a commit: after that many, what came back stays, whatever happens. */
const page = 500;

/**
 * Brings the facts that a store lacks back from its own topic, as they were, and puts right what else a restore undid and
 * somebody still knows. Looks first, and changes nothing where something does not fit. Run again it goes on where it was
 * stopped, and changes nothing once all is there. While facts come back nobody appends.
 * @throws CommandFailed with what does not fit, and what a person can do
 */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const { config, dryRun = false, signal, onStep } = options;
  const topics = topicNames(config.TOPIC_PREFIX);
  const registry = new SchemaRegistry({ url: config.SCHEMA_REGISTRY_URL });
  const decoders = {
    event: registry.decoder(readSchemaText('OrderEvent')),
    attempt: registry.decoder<OrderAttemptMessage>(readSchemaText('OrderAttempt')),
  };
  const client = new pg.Client({
    connectionString: config.ORDERS_DATABASE_URL,
    keepAlive: true,
    application_name: 'orderlog recover',
    connectionTimeoutMillis: connectWithinMs,
  });
  client.on('error', () => undefined); // a lost connection fails the query that needs it
  await client.connect();
  try {
    const { head } = await beginComparison(client, topics);
    const attempts = await noteTopics({
      ...{ client, connection: connectionOf(config), groupPrefix: `${config.TOPIC_PREFIX}orderlog-recover-` },
      ...{ topics, decoders, head, signal },
      onProgress: (read, of) => onStep('reading', 'messages', read, of),
    });
    await learnSizes(client);
    const look = () => lookBeforeRestoring(client, topics.events, options);
    if (dryRun) {
      const looked = await look();
      const foreign = (await foreignFacts(client)) - (looked.missing?.facts ?? 0);
      const keysLost = await lostKeys(client);
      return { ...looked, foreign, attempts: attempts.length, keysLost, keysDestroyed: 0, sentAgain: 0 };
    }
    const { keysDestroyed, ...looked } = await underAppendLock(client, async () => {
      const found = await look();
      if (found.missing) await restore(client, decoders.event, found.missing, options);
      await settleUpToNow(client);
      const { rowCount } = await client.query(destroyReturnedKeysQuery);
      return { ...found, keysDestroyed: rowCount ?? 0 };
    });
    let attemptsBack = 0; // another recover may have been first
    for (let at = 0; at < attempts.length; at += page) {
      attemptsBack += (await client.query(recordAttemptsQuery(attempts.slice(at, at + page)))).rowCount ?? 0;
    }
    const sentAgain = await sendAgain(await outOfOrder(client, head, topics), options);
    const foreign = await foreignFacts(client);
    const keysLost = await lostKeys(client);
    return { ...looked, foreign, attempts: attemptsBack, keysLost, keysDestroyed, sentAgain };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What is to come back. @throws CommandFailed where it does not fit what the store holds */
async function lookBeforeRestoring(
  client: pg.Client,
  topic: string,
  { withoutLost = false }: RecoverOptions,
): Promise<Pick<Recovered, 'missing' | 'lost'>> {
  if ((await storeHead(client)) > 0 && (await hasNoFact(client))) {
    throw new CommandFailed(
      `${topic} has no fact at all`,
      'Are TOPIC_PREFIX and KAFKA_BROKERS right? Nothing was changed.',
    );
  }
  const fork = await firstFork(client);
  if (fork) throw forked(fork, topic);
  const missing = await chooseMissing(client);
  const lost = await gapsBefore(client, await storeHead(client));
  if (!missing) return { missing, lost };
  if (missing.unread.length > 0) {
    throw new CommandFailed(
      `among what the store lacks are facts of a newer release: ${missing.unread.join(', ')}`,
      'Run `orderlog recover` of the release that wrote them, or a newer one. Nothing was changed.',
    );
  }
  if (lost.positions > 0 && !withoutLost) throw holed(lost, missing, topic);
  const broken = await firstBreak(client);
  if (broken) {
    const { order, version, position, what } = broken;
    throw new CommandFailed(
      `order ${order} version ${version} at position ${position} of ${topic} does not fit: ${what}`,
      'Nothing was changed. Somebody has written to the topic, or a fact before it is lost: bring the database back by ' +
        'point-in-time recovery, up to this position at least, and run this again.',
    );
  }
  return { missing, lost };
}

function forked({ position, store, topic, facts, orders, examples }: Fork, name: string): CommandFailed {
  const named = examples.join(', ') + (orders > examples.length ? ' …' : '');
  return new CommandFailed(
    `the store and ${name} go apart at position ${position}: the store has ${store.type}, order ${store.order} version ` +
      `${store.version}, recorded ${formatInstant(store.recordedAt)}; the topic had order ${topic.order} version ` +
      `${topic.version}, recorded ${formatInstant(topic.recordedAt)}. From there on the store holds ${counted(facts, 'fact')} ` +
      `of ${counted(orders, 'order')} (${named}) that were taken after it was put back, or it is the store of another topic`,
    'Nothing was changed, and nothing can bring the two together. Is TOPIC_PREFIX right? Then stop the relays and ' +
      `order-service, keep what these orders say (select * from orders.events where position >= ${position}), put the backup ` +
      'back once more, run this before any order is taken, and place those orders again.',
  );
}

function holed(
  { gaps, positions }: { gaps: Gap[]; positions: number },
  missing: Missing,
  topic: string,
): CommandFailed {
  return new CommandFailed(
    `${topic} has a hole: ${counted(positions, 'position')} before ${count(missing.to.position)} ${positions === 1 ? 'is' : 'are'} ` +
      `not there (${positionsOf(gaps)})`,
    'Nothing was changed. Facts that were answered and had not been sent yet are only in what Postgres wrote after the ' +
      'backup: bring it back by point-in-time recovery, or from a newer backup, and run this again. Where that is gone too, ' +
      '--without-lost goes on without them.',
  );
}

/** Puts back what is missing, page by page; each stays once it is there. */
async function restore(
  client: pg.Client,
  decoder: Decoder,
  missing: Missing,
  { signal, onStep }: RecoverOptions,
): Promise<void> {
  let position = await storeHead(client);
  let restored = 0;
  onStep('restoring', 'facts', 0, missing.facts);
  for (let after = 0; ;) {
    signal.throwIfAborted();
    const rows = await nextMissing(client, after, page);
    const last = rows.at(-1);
    if (!last) return;
    const events = await Promise.all(rows.map(({ payload }) => eventIn(payload, decoder)));
    await restoreEvents(
      client,
      // Where nothing is lost these are the positions that they had.
      events.map((event) => ({ ...event, position: ++position })),
    );
    after = last.position;
    restored += rows.length;
    onStep('restoring', 'facts', restored, missing.facts);
  }
}

async function eventIn(payload: Buffer, decoder: Decoder): Promise<Omit<StoredEvent, 'position'>> {
  const event = readOrderEvent((decoder.tryDecode(payload) ?? (await decoder.decode(payload))).value);
  const {
    orderId: stream,
    version,
    eventId,
    type,
    schemaVersion,
    data,
    occurredAt,
    recordedAt,
    previousHash,
    hash,
  } = event;
  const metadata = metadataOf(event) as StoredEvent['metadata'];
  return {
    ...{ stream, version, eventId, type, schemaVersion, data: data as StoredEvent['data'], metadata },
    ...{ occurredAt, recordedAt, previousHash, hash },
  };
}

/** Sends the tails of orders whose messages would not stand in order, and states that are not the latest. */
async function sendAgain(tails: readonly Tail[], { config, signal, onStep }: RecoverOptions): Promise<number> {
  if (tails.length === 0) return 0;
  const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
  try {
    const sent = await sendTails(store, tails, {
      ...{ encoder: await registeredEncoder(config), topics: topicNames(config.TOPIC_PREFIX), signal },
      onSent: (orders) => onStep('sending again', 'orders', orders, tails.length),
    });
    return sent.orders;
  } finally {
    await store.close();
  }
}
