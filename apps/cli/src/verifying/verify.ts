import pg from 'pg';
import { EventStore } from '@orderlog/event-store';
import { SchemaRegistry } from '@orderlog/kafka';
import { partitionOf, readSchemaText, topicNames } from '@orderlog/order-contract';
import type { Config } from '../config.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { connectionOf } from '../topics/create-topics.js';
import { auditReached, factAt, waitingPositions } from './compared.sql.js';
import { type Difference, KnownFacts } from './known-facts.js';
import { verifyAudit } from './verify-audit.js';
import { verifyStore } from './verify-store.js';
import { verifyTopic } from './verify-topic.js';

export interface Verified {
  /** How many facts of the store were looked at. */
  facts: number;
  differences: Difference[];
  /** Of these facts, how many wait in the outbox, and how many the audit has yet to read. */
  waiting: number;
  auditAhead: number;
  /** False: there is no audit in this database, and it was not compared. */
  auditThere: boolean;
}

/**
 * Compares the store with itself, with the topic and with the audit, up to the last fact that there is now. It changes
 * nothing: it reads as role `verify`, and under a consumer group of its own that it takes away again.
 */
export async function verify(options: {
  config: Config;
  order?: string;
  signal: AbortSignal;
  onStep: (step: 'store' | 'topic' | 'audit', done: number, of?: number) => void;
}): Promise<Verified> {
  const { config, order, signal, onStep } = options;
  const store = new EventStore({ connectionString: config.VERIFY_DATABASE_URL, readTimeoutMs: 60_000 });
  const pool = new pg.Pool({
    connectionString: config.VERIFY_DATABASE_URL,
    max: 2,
    application_name: 'orderlog verify',
  });
  pool.on('error', () => undefined); // a lost connection fails the query that needs it
  const topic = topicNames(config.TOPIC_PREFIX).events;
  const scope = { ...(order !== undefined && { order }), signal };
  try {
    const { position: upTo } = await store.head();
    const known = new KnownFacts();
    const differences = await verifyStore({
      store,
      upTo,
      known,
      ...scope,
      onProgress: (facts) => onStep('store', facts, order === undefined ? upTo : undefined),
    });
    if (order !== undefined && known.size === 0)
      throw new CommandFailed(`there is no order ${order}`, 'Look at the ID: case matters.');

    // In this order: what is not in the outbox now is in the topic before its end is asked for.
    const reached = await auditReached(pool, topic);
    const waiting = await waitingPositions(pool, upTo);
    const decoder = new SchemaRegistry({ url: config.SCHEMA_REGISTRY_URL }).decoder(readSchemaText('OrderEvent'));
    const inTopic = await verifyTopic({
      connection: connectionOf(config),
      topic,
      groupPrefix: `${config.TOPIC_PREFIX}orderlog-verify-`,
      decoder,
      ...scope,
      ...(order !== undefined && { partition: partitionOf(order) }),
      known,
      upTo,
      onProgress: (read, of) => onStep('topic', read, of),
    });
    differences.push(...inTopic.differences);
    differences.push(...(await missingInTopic(pool, known, waiting, inTopic.differences)));
    const head = await store.head();
    if (inTopic.highest > head.position) {
      const what = `the topic holds a fact at position ${inTopic.highest}, the store ends at ${head.position}: the store was put back, or its end cut off`;
      differences.push({ where: 'store', order: null, version: null, position: inTopic.highest, what });
    }

    const audit =
      reached &&
      (await verifyAudit({
        pool,
        upTo,
        known,
        reached,
        ...scope,
        onProgress: (facts) => onStep('audit', facts, known.size),
      }));
    differences.push(...(audit?.differences ?? []));
    return {
      facts: known.size,
      differences: differences.sort((a, b) => (a.position ?? 0) - (b.position ?? 0)),
      waiting: [...known.positions()].filter((position) => waiting.has(position)).length,
      auditAhead: audit?.ahead ?? 0,
      auditThere: audit !== null,
    };
  } finally {
    await Promise.all([store.close(), pool.end()]);
  }
}

async function missingInTopic(
  pool: pg.Pool,
  known: KnownFacts,
  waiting: Set<number>,
  found: Difference[],
): Promise<Difference[]> {
  const differing = new Set(found.map(({ position }) => position));
  const differences: Difference[] = [];
  for (const position of known.positions()) {
    if (known.placeOf(position) || waiting.has(position) || differing.has(position)) continue;
    const fact = await factAt(pool, position);
    const what = 'the topic does not have it, and no message of it waits in the outbox';
    differences.push({ where: 'topic', order: fact?.order ?? null, version: fact?.version ?? null, position, what });
    if (differences.length === mostNamed) break;
  }
  return differences;
}

/** After so many of a kind the first is what matters. */
const mostNamed = 1_000;
