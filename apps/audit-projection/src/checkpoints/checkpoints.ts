import { createPublicKey, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '@orderlog/instant';
import {
  PlainProducer,
  readEnds,
  RegistryUnavailable,
  type KafkaConnection,
  type SchemaRegistry,
} from '@orderlog/kafka';
import { edgeOf, GrowingTree, leafHash, MissingTile } from '@orderlog/merkle-tree';
import {
  checkpointEncoder,
  keyIdOf,
  readSchemaText,
  signatureHolds,
  signCheckpoint,
  type CheckpointMessage,
} from '@orderlog/order-contract';
import { describeError } from '@orderlog/service-kit';
import pg from 'pg';
import { log } from '../signals.js';
import { keepCheckpoint, lastCheckpoints, markPublished, unpublishedCheckpoints } from './kept-checkpoints.sql.js';
import { nextLeaves, type NextLeaves } from './next-leaves.sql.js';
import { keepTiles, readTiles } from './tree-tiles.sql.js';

export interface CheckpointOptions {
  databaseUrl: string;
  kafka: KafkaConnection;
  registry: SchemaRegistry;
  /** Where checkpoints are published. */
  topic: string;
  key: KeyObject;
  origin: string;
  /** A checkpoint is signed with so many new facts, or so long after the last one with any. */
  everyFacts: number;
  everyMs: number;
}

/** Of one checkpoint; where more has come, the next follows at once. */
const mostLeaves = 50_000;
/** How often it is looked whether one is due. */
const lookMs = 1_000;
/** A position that is missing for longer than this is worth a word: partitions are read one faster than the other. */
const patienceMs = 60_000;
/** The topic of checkpoints is small. */
const everything = { perPartition: Number.MAX_SAFE_INTEGER, timeoutMs: 60_000 };
/** Held in the transaction of a checkpoint: of several processes one signs. */
const signing = 7_432_004;

/**
 * Signs, now and then, what the audit has seen: the root of the Merkle tree over the hashes of all facts from position 1
 * on. A checkpoint is kept in the audit's own schema, in one transaction with the part of the tree that is new, and then
 * published; one that Kafka did not take is sent again. The tree only grows: what was signed is never looked up anew.
 *
 * Where this database was put back from a backup, what had been signed since is still in the topic. It is kept again as it
 * was, once the facts under it are there and come to its root; where they do not, nothing more is signed.
 */
export class Checkpoints {
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
  private readonly pool: pg.Pool;
  private readonly producer: PlainProducer;
  private readonly over = new AbortController();
  /** What we have signed and published so far, the smallest first; undefined: the topic was not asked yet. */
  private published: CheckpointMessage[] | undefined;
  private encode: ((checkpoint: CheckpointMessage) => Buffer) | undefined;
  private looking: Promise<void> | undefined;
  private stopped: { by: NonNullable<NextLeaves['stoppedBy']>; sinceMs: number; said: boolean } | undefined;
  private lastSaid = '';
  private facts = 0;

  constructor(private readonly options: CheckpointOptions) {
    this.keyId = keyIdOf(options.key);
    this.publicKey = createPublicKey(options.key).export({ format: 'pem', type: 'spki' }).toString();
    this.producer = new PlainProducer(options.kafka);
    this.pool = new pg.Pool({
      connectionString: options.databaseUrl,
      application_name: 'audit-projection checkpoints',
      max: 1,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 30_000,
      query_timeout: 31_000,
      idle_in_transaction_session_timeout: 15_000,
    });
    // An idle connection that breaks is replaced at the next use; whoever needs it then hears of it.
    this.pool.on('error', () => undefined);
  }

  /** How many facts the latest checkpoint is over. */
  get size(): number {
    return this.facts;
  }

  /** What the tree waits for, where facts are there behind it. */
  get waitsFor(): NextLeaves['stoppedBy'] {
    return this.stopped?.by ?? null;
  }

  start(): void {
    this.looking ??= this.look();
  }

  /** Ends what is under way, and signs no more. */
  async close(): Promise<void> {
    this.over.abort();
    await this.looking;
    await Promise.allSettled([this.producer.close(), this.pool.end()]);
  }

  private async look(): Promise<void> {
    const { signal } = this.over;
    while (!signal.aborted) {
      let more = false;
      try {
        this.published ??= await this.readPublished();
        more = await this.signWhatIsDue();
        await this.publish();
        this.lastSaid = '';
      } catch (error) {
        this.sayOnce(error);
      }
      if (!more) {
        await sleep(Math.min(lookMs, this.options.everyMs), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** @returns whether the next one may be due at once */
  private async signWhatIsDue(): Promise<boolean> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const { rows } = await client.query<{ ours: boolean; generation: number }>(
        `select pg_try_advisory_xact_lock($1) as ours,
                coalesce((select live_generation from audit.projection), 1) as generation`,
        [signing],
      );
      const [{ ours, generation }] = rows as [(typeof rows)[number]];
      const more = ours && (await this.signNext(client, generation));
      await client.query('commit');
      return more;
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async signNext(tx: pg.PoolClient, generation: number): Promise<boolean> {
    const began = performance.now();
    const { key, origin, everyFacts, everyMs } = this.options;
    // A new statement after the lock: it sees what the process before us has signed.
    const [last] = await lastCheckpoints(tx, { limit: 1 });
    const size = (this.facts = last?.treeSize ?? 0);
    const lost = this.published?.find(({ treeSize }) => treeSize > size);
    const limit = Math.min(mostLeaves, (lost?.treeSize ?? Infinity) - size);
    const { hashes, stoppedBy, more } = await nextLeaves(tx, generation, size, limit);
    this.remember(stoppedBy);
    const again = lost?.treeSize === size + hashes.length ? lost : undefined;
    const at = now();
    const due = lost
      ? hashes.length === limit
      : hashes.length >= everyFacts || at - (last?.issuedAt ?? 0) >= everyMs * 1_000;
    if (hashes.length === 0 || !due) return false;

    const tree = new GrowingTree(size, await readTiles(tx, edgeOf(size)));
    if (last && !tree.root().equals(last.rootHash)) {
      throw new TreeDiffers(`the tree that is kept does not come to the root that was signed over ${size} facts`);
    }
    for (const hash of hashes) tree.append(leafHash(hash));
    if (again && !tree.root().equals(again.rootHash)) {
      throw new TreeDiffers(
        `the facts do not come to the root that was signed over ${again.treeSize} of them and published`,
      );
    }
    const issuedAt = Math.max(at, (last?.issuedAt ?? 0) + 1);
    const anew = () => signCheckpoint({ origin, treeSize: tree.size, rootHash: tree.root(), issuedAt }, key);
    await keepTiles(tx, tree.takeChanged());
    await keepCheckpoint(tx, again ?? anew(), this.publicKey);
    this.facts = tree.size;
    log('checkpoints.signed', {
      treeSize: tree.size,
      facts: hashes.length,
      tookMs: Math.round(performance.now() - began),
    });
    return more;
  }

  private async readPublished(): Promise<CheckpointMessage[]> {
    const { kafka, registry, topic, key } = this.options;
    const decoder = registry.decoder<CheckpointMessage>(readSchemaText('Checkpoint'));
    const publicKey = createPublicKey(key);
    const ours = new Map<number, CheckpointMessage>();
    for (const { value } of await readEnds(kafka, topic, everything)) {
      if (value === null) continue;
      try {
        const { value: checkpoint } = await decoder.decode(value);
        const { keyId, treeSize } = checkpoint;
        if (keyId === this.keyId && signatureHolds(checkpoint, publicKey)) ours.set(treeSize, checkpoint);
      } catch (error) {
        if (error instanceof RegistryUnavailable) throw error; // any other message is none of ours
      }
    }
    return [...ours.values()].sort((one, other) => one.treeSize - other.treeSize);
  }

  private async publish(): Promise<void> {
    const { registry, topic } = this.options;
    const waiting = await unpublishedCheckpoints(this.pool, 500);
    if (waiting.length === 0) return;
    if (!this.encode) {
      const known = await registry.lookUp(`${topic}-value`, readSchemaText('Checkpoint'));
      if (!known) throw new Error(`${topic}-value does not have the schema of checkpoints`);
      this.encode = checkpointEncoder(known.id);
    }
    const encode = this.encode;
    await this.producer.send(
      topic,
      waiting.map((checkpoint) => ({
        ...{ key: String(checkpoint.treeSize), value: encode(checkpoint), partition: 0 },
        timestampMs: Math.floor(checkpoint.issuedAt / 1_000),
      })),
    );
    await markPublished(
      this.pool,
      waiting.map(({ treeSize }) => treeSize),
    );
  }

  private remember(stoppedBy: NextLeaves['stoppedBy']): void {
    if (!stoppedBy) {
      this.stopped = undefined;
      return;
    }
    if (this.stopped?.by.position !== stoppedBy.position || this.stopped.by.why !== stoppedBy.why) {
      this.stopped = { by: stoppedBy, sinceMs: performance.now(), said: false };
    }
    const patient = stoppedBy.why === 'missing' && performance.now() - this.stopped.sinceMs < patienceMs;
    if (this.stopped.said || patient) return;
    this.stopped.said = true;
    log('checkpoints.waiting', stoppedBy);
  }

  /** One line for a reason, however often it is tried again. */
  private sayOnce(error: unknown): void {
    const text = describeError(error);
    if (text === this.lastSaid) return;
    this.lastSaid = text;
    const differs = error instanceof TreeDiffers || error instanceof MissingTile;
    log(differs ? 'checkpoints.tree-differs' : 'checkpoints.failed', { error: text });
  }
}

/** Somebody has changed what the audit keeps of its tree. */
class TreeDiffers extends Error {
  override readonly name = 'TreeDiffers';
}
