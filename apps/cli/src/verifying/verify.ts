import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { StoredEvent } from '@orderlog/event-store';
import { SchemaRegistry } from '@orderlog/kafka';
import { keyIdOf, partitionOf, publicKeyOf, readSchemaText, topicNames } from '@orderlog/order-contract';
import type { Config } from '../config.js';
import { openPool } from '../open-pool.js';
import { CommandFailed, messageOf } from '../terminal/command-failed.js';
import { connectionOf } from '../topics/create-topics.js';
import { type Unkept, unkeptCommands } from './commands.sql.js';
import { lostKeys, type LostKeys } from './customers.sql.js';
import { factAt, reachedBy, signingKeys, unreadGeneration } from './compared.sql.js';
import { lastPosition } from './facts-as-kept.sql.js';
import { readKeptCheckpoint } from './kept-checkpoint-file.js';
import { cutOff, type Difference, Differences, KnownFacts, mostShown } from './known-facts.js';
import { readTopics } from './read-topics.js';
import { Attempts } from './verify-attempts.js';
import { verifyAudit } from './verify-audit.js';

import { verifyCheckpoints, type VerifiedCheckpoints } from './verify-checkpoints.js';
import { verifyCommands } from './verify-commands.js';
import { verifyCustomers } from './verify-customers.js';
import { verifyFindings } from './verify-findings.js';
import { verifyOutbox } from './verify-outbox.js';
import { type ExpectedRevenue, expectRevenue, verifyRevenue } from './verify-revenue.js';
import { TopicOfStates } from './verify-states.js';
import { verifyStore } from './verify-store.js';
import { UnreadFacts } from './unread-facts.js';
import { verifySnapshots } from './verify-snapshots.js';
import { type Beyond, TopicOfFacts } from './verify-topic.js';

export type Step = 'store' | 'snapshots' | 'topic' | 'states' | 'checkpoints' | 'audit' | 'findings' | 'revenue';

export interface Verified {
  /** How many facts of the store were looked at. */
  facts: number;
  /** How many refused commands orders.attempts has. */
  attempts: number;
  /** Of how many orders the state on its topic was compared with their facts. */
  states: number;
  /** How many kept states were compared with what their facts fold to. */
  snapshots: number;
  /** How many answers, kept under idempotency keys, were compared with the facts; and commands with a key of which none is. */
  commands: number;
  unkept: Unkept;
  keysLost: LostKeys;
  /** Facts of a newer release than this one: how many, and a line for each shape. */
  unread: { count: number; says: string[] };
  /** The first thousand, by position. */
  differences: Difference[];
  differenceCount: number;
  /** Of these facts, how many wait in the outbox, and how many a projection has yet to read; null: it is not here. */
  waiting: number;
  /** Wrong messages on the topic behind which the fact was sent again: compaction takes them away. */
  putRight: number;
  auditAhead: number | null;
  revenueAhead: number | null;
  /** Null: there is no audit here, and no key that was given. */
  checkpoints: VerifiedCheckpoints | null;
  /** The keys whose signatures counted, and whether they were given or taken from the audit's own list. */
  keyIds: string[];
  keysGiven: boolean;
}

export interface VerifyOptions {
  config: Config;
  order?: string;
  /** A file with the public key whose signatures count; without it, those that the audit's own schema lists. */
  publicKey?: string;
  /** A file with a checkpoint that somebody has put by. */
  checkpoint?: string;
  signal: AbortSignal;
  onStep: (step: Step, done: number, of?: number) => void;
}

/**
 * Compares the store with itself, with the signed checkpoints, with the topic and with what the projections hold, up to the
 * last fact that there is now. It changes nothing: it reads as role `verify`, and under consumer groups of its own that it
 * takes away again.
 * @throws CommandFailed where there is no such order, and nobody has ever heard of it
 */
export async function verify(options: VerifyOptions): Promise<Verified> {
  const { config, order, signal, onStep } = options;
  const pool = openPool(config.VERIFY_DATABASE_URL, { name: 'orderlog verify', max: 2, options: believingNobody });
  const topics = topicNames(config.TOPIC_PREFIX);
  const registry = new SchemaRegistry({ url: config.SCHEMA_REGISTRY_URL });
  const connection = connectionOf(config);
  const groupPrefix = `${config.TOPIC_PREFIX}orderlog-verify-`;
  const differences = new Differences();
  const known = new KnownFacts();
  const expected: ExpectedRevenue = new Map();
  const unread = new UnreadFacts();
  const scope = { ...(order !== undefined && { order }), known, differences, signal };
  try {
    const putBy = options.checkpoint === undefined ? [] : [readKeptCheckpoint(options.checkpoint)];
    const given = options.publicKey === undefined ? undefined : readPublicKey(options.publicKey);
    const upTo = await lastPosition(pool);
    await verifyStore({
      ...{ pool, upTo, ...scope },
      onFact: (event) => {
        const what = understood(event, unread, expected);
        if (what !== undefined) differences.add({ where: 'store', ...namesOf(event), what });
      },
      onOddFact: (fact) => unread.add(fact),
      onProgress: (facts) => onStep('store', facts, order === undefined ? upTo : undefined),
    });
    const attempts = new Attempts({ pool, decoder: registry.decoder(readSchemaText('OrderAttempt')), ...scope });
    await attempts.readKept();

    const snapshots = await verifySnapshots({
      ...{ pool, ...scope },
      onProgress: (done) => onStep('snapshots', done),
    });

    // In this order: what is not in the outbox now is in the topic before its end is asked for.
    const auditReached = await reachedBy(pool, 'audit', topics.events);
    const attemptsReached = await reachedBy(pool, 'audit', topics.attempts);
    const revenueReached = await reachedBy(pool, 'revenue', topics.events);
    if (auditReached) await outOfSight(pool, 'audit', differences);
    if (revenueReached) await outOfSight(pool, 'revenue', differences);
    const decoder = registry.decoder(readSchemaText('OrderEvent'));
    const waiting = await verifyOutbox({ pool, topics, upTo, decoder, ...scope });
    await attempts.readWaiting(topics.attempts);
    const states = new TopicOfStates({
      ...{ pool, upTo, ...scope, decoder: registry.decoder(readSchemaText('OrderState')) },
      schemaText: (schemaId) => registry.schemaText(schemaId),
    });
    await states.readWaiting(topics.state);
    const facts = new TopicOfFacts({ decoder, upTo, ...scope });
    await readTopics({
      ...{ connection, groupPrefix, signal },
      topics: new Map([
        [topics.events, (batch) => facts.compare(batch)],
        [topics.attempts, (batch) => attempts.compareBatch(batch)],
        [topics.state, (batch) => states.compareBatch(batch)],
      ]),
      ...(order !== undefined && { partition: partitionOf(order) }),
      onProgress: (read, of) => onStep('topic', read, of),
    });
    facts.conclude();
    await missingInTopic(pool, known, waiting, differences);
    lostByTheStore(facts.beyond, await lastPosition(pool), differences);
    const statesOf = await states.conclude((orders) => onStep('states', orders));
    await attempts.conclude(attemptsReached);
    const commands = await verifyCommands({ pool, ...scope });
    const unkept = await unkeptCommands(pool, mostShown, order);
    await verifyCustomers({ pool, upTo, ...scope });
    const keysLost = await lostKeys(pool, upTo, mostShown, order);

    const keys = given ?? (auditReached ? await keysOf(pool, differences) : new Map<string, KeyObject>());
    const checkpoints = auditReached
      ? await verifyCheckpoints({
          ...{ pool, connection, topic: topics.checkpoints, keys, putBy, upTo, missing: facts.missing, ...scope },
          decoder: registry.decoder(readSchemaText('Checkpoint')),
          onProgress: (done, of) => onStep('checkpoints', done, of),
        })
      : null;
    const audit =
      auditReached &&
      (await verifyAudit({
        ...{ pool, upTo, reached: auditReached, signedUpTo: checkpoints?.facts ?? 0, ...scope },
        onProgress: (done) => onStep('audit', done, known.size),
      }));
    if (audit) {
      const { differing } = audit;
      await verifyFindings({ pool, ...scope, differing, onProgress: (orders) => onStep('findings', orders) });
    }
    const revenueAhead =
      revenueReached &&
      (await verifyRevenue({
        ...{ pool, upTo, expected, unread, reached: revenueReached, ...scope },
        onProgress: (done) => onStep('revenue', done, expected.size),
      }));
    if (order !== undefined && known.size === 0 && attempts.count === 0 && differences.count === 0) {
      throw new CommandFailed(`there is no order ${order}`, 'Look at the ID: case matters.');
    }
    return {
      facts: known.size,
      attempts: attempts.count,
      ...{ states: statesOf, snapshots, commands, unkept, keysLost },
      unread: { count: unread.count, says: unread.says },
      differences: differences.inOrder(),
      differenceCount: differences.count,
      putRight: facts.putRight,
      waiting: [...known.positions()].filter((position) => waiting.has(position)).length,
      ...{ auditAhead: audit && audit.ahead, revenueAhead, checkpoints },
      ...{ keyIds: [...keys.keys()], keysGiven: given !== undefined },
    };
  } catch (cause) {
    throw cause instanceof pg.DatabaseError ? notAsMade(cause) : cause;
  } finally {
    await pool.end();
  }
}

/** Nobody's functions instead of Postgres's own; and a policy that hides rows from us is refused, not obeyed. */
const believingNobody = '-c search_path=pg_catalog -c row_security=off';

/** Postgres has refused a question: a table or a right is not what `migrate` makes of them. */
function notAsMade(cause: pg.DatabaseError): unknown {
  if (!/^(42|0A|22|XX)/.test(cause.code ?? '')) return cause;
  return new CommandFailed(
    `it cannot be looked at: the database is not as it was made (${cause.message})`,
    'Run `orderlog migrate`. If that was done: somebody has changed a table, or a right of the role verify.',
    { cause },
  );
}

/** Names a projection that answers from tables in which nothing was ever read, though others were. */
async function outOfSight(pool: pg.Pool, projection: 'audit' | 'revenue', differences: Differences): Promise<void> {
  const unread = await unreadGeneration(pool, projection);
  if (!unread) return;
  const what = `it answers from ${unread.says === null ? 'no generation' : `generation ${unread.says}`}, and generation ${unread.read} is what it has read`;
  differences.add({ where: projection, order: null, version: null, position: null, what });
}

function readPublicKey(path: string): Map<string, KeyObject> {
  try {
    const key = publicKeyOf(readFileSync(path, 'utf8'));
    return new Map([[keyIdOf(key), key]]);
  } catch (cause) {
    throw new CommandFailed(
      `${path} holds no public key: ${messageOf(cause)}`,
      'It is Ed25519 in PEM, as GET /audit/checkpoints/public-key gives it.',
      { cause },
    );
  }
}

/** The keys that the audit's own schema lists; what is none of them is a difference. */
async function keysOf(pool: pg.Pool, differences: Differences): Promise<Map<string, KeyObject>> {
  const keys = new Map<string, KeyObject>();
  const wrong = (what: string) =>
    differences.add({ where: 'checkpoints', order: null, version: null, position: null, what });
  for (const { keyId, publicKey } of await signingKeys(pool)) {
    try {
      const key = publicKeyOf(publicKey);
      const right = keyIdOf(key);
      if (right === keyId) keys.set(right, key);
      else wrong(`the key ${keyId} that the audit lists is another one: it should be called ${right}`);
    } catch (error) {
      wrong(`the key ${keyId} that the audit lists is no public key: ${messageOf(error)}`);
    }
  }
  return keys;
}

const namesOf = ({ stream, version, position }: StoredEvent) => ({ order: stream, version, position });

/**
 * Reads what a fact means, for revenue and for a newer release's sake.
 * @returns what is wrong where it means nothing, in words
 */
function understood(event: StoredEvent, unread: UnreadFacts, expected: ExpectedRevenue): string | undefined {
  if (unread.note(event)) return undefined;
  try {
    expectRevenue(expected, event);
    return undefined;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    unread.add(namesOf(event));
    return `it does not say what a fact of the type ${event.type} has to say`;
  }
}

async function missingInTopic(
  pool: pg.Pool,
  known: KnownFacts,
  waiting: Set<number>,
  differences: Differences,
): Promise<void> {
  let named = 0;
  for (const position of known.positions()) {
    if (known.placeOf(position) || waiting.has(position)) continue;
    const fact = await factAt(pool, position);
    const what = 'the topic does not have it, and no message of it waits in the outbox';
    differences.add({ where: 'topic', order: fact?.order ?? null, version: fact?.version ?? null, position, what });
    if (++named === mostNamed) break;
  }
}

/** After so many of a kind the first is what matters. */
const mostNamed = 1_000;

/** The topic has facts of which the store, asked afterwards, knows nothing. */
function lostByTheStore(beyond: readonly Beyond[], head: number, differences: Differences): void {
  for (const { position, order, version, at } of beyond) {
    if (position <= head) continue;
    const what = `the topic has it (${at}), and the store ends at ${head}: ${cutOff}`;
    differences.add({ where: 'store', order, version, position, what });
  }
}
