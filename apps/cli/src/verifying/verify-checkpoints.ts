import type { KeyObject } from 'node:crypto';
import { formatInstant } from '@orderlog/instant';
import { type Decoder, type KafkaConnection, readEnds } from '@orderlog/kafka';
import {
  Frontier,
  inclusionHolds,
  inclusionPath,
  leafHash,
  MissingTile,
  TILE_WIDTH,
  Tiles,
  tilesOf,
  type Tile,
} from '@orderlog/merkle-tree';
import { checkpointBytes, signatureHolds, type CheckpointMessage } from '@orderlog/order-contract';
import type pg from 'pg';
import {
  factAt,
  factHeardAt,
  hashesBehind,
  keptCheckpoints,
  keptTiles,
  keptTreeSize,
  type Named,
} from './compared.sql.js';
import { lastPosition } from './facts-as-kept.sql.js';
import { cutOff, type Differences, type KnownFacts } from './known-facts.js';
import { wrongUpperTiles } from './wrong-upper-tiles.js';

export interface CheckpointsOptions {
  pool: pg.Pool;
  connection: KafkaConnection;
  topic: string;
  decoder: Decoder;
  /** Whose signatures count, by key ID. */
  keys: ReadonlyMap<string, KeyObject>;
  /** Checkpoints that somebody has put by. */
  putBy: readonly CheckpointMessage[];
  known: KnownFacts;
  /** The store's facts are known up to this position. */
  upTo: number;
  /** Only these facts are looked at, each by its own proof; the whole tree is not. */
  order?: string;
  /** Facts that the topic has and the store does not. */
  missing: readonly SignedFact[];
  differences: Differences;
  signal: AbortSignal;
  onProgress: (facts: number, of: number) => void;
}

/** A fact that may have been signed for. */
export interface SignedFact extends Named {
  position: number;
  hash: Buffer;
}

export interface VerifiedCheckpoints {
  count: number;
  /** Facts under the largest one whose signature holds. */
  facts: number;
}

/**
 * Checks the signed checkpoints, those that the audit keeps, those in their topic and those that somebody has put by: that
 * they are the same, that each signature is of a key that counts, and that each root comes out of the store's facts again.
 * Roots that come out of one list of facts are consistent with each other.
 */
export async function verifyCheckpoints(options: CheckpointsOptions): Promise<VerifiedCheckpoints> {
  const checkpoints = await gathered(options);
  const signed = checkpoints.filter((checkpoint) => isSigned(checkpoint, options));
  if (options.order === undefined) await compareTrees(signed, options);
  else await proveFacts(signed, options);
  return { count: checkpoints.length, facts: signed.at(-1)?.treeSize ?? 0 };
}

/** The topic of checkpoints is small: it is read without a consumer group, which would take seconds to join. */
const everything = { perPartition: Number.MAX_SAFE_INTEGER, timeoutMs: 120_000 };

/** All that there are, by size; what is not the same in two places is a difference, and each of the two is looked at. */
async function gathered(options: CheckpointsOptions): Promise<CheckpointMessage[]> {
  const { pool, differences } = options;
  const wrong = (treeSize: number | null, what: string) =>
    differences.add({ where: 'checkpoints', order: null, version: null, position: treeSize, what });
  const all = new Map<string, CheckpointMessage>();
  const identity = (one: CheckpointMessage) => `${checkpointBytes(one).toString()}${one.signature.toString('hex')}`;
  const odd = (one: CheckpointMessage): string | undefined => {
    if (!Number.isSafeInteger(one.treeSize) || one.treeSize < 1)
      return `is over ${one.treeSize} facts, which cannot be`;
    return Number.isSafeInteger(one.issuedAt) ? undefined : 'was issued at no time that there is';
  };
  // In this order: the audit keeps a checkpoint and its part of the tree at once, and what it says Kafka had is in the topic
  // before its end is asked for.
  const treeSize = await keptTreeSize(pool);
  const kept = await keptCheckpoints(pool);
  const published = new Map<string, CheckpointMessage>();
  const records = await readEnds(options.connection, options.topic, everything);
  for (const { key, value, offset } of records) {
    try {
      if (value === null) throw new Error('a tombstone: somebody wants it to be deleted');
      const { value: checkpoint } = (await options.decoder.decode(value)) as { value: CheckpointMessage };
      if (String(key) !== String(checkpoint.treeSize)) throw new Error(`its key is ${String(key)}`);
      const why = odd(checkpoint);
      if (why !== undefined) throw new Error(`its checkpoint ${why}`);
      published.set(identity(checkpoint), { ...checkpoint });
    } catch (error) {
      if ((error as Error).name === 'RegistryUnavailable') throw error;
      wrong(Number(key) || null, `the topic’s message at offset ${offset}: ${(error as Error).message}`);
    }
  }
  for (const { checkpoint, published: said } of kept) {
    const why = odd(checkpoint);
    if (why !== undefined) {
      wrong(null, `a checkpoint that the audit keeps ${why}: it was changed`);
      continue;
    }
    all.set(identity(checkpoint), checkpoint);
    if (!said || published.has(identity(checkpoint))) continue;
    wrong(checkpoint.treeSize, `${named(checkpoint)}, which the audit keeps, is not in the topic as it stands there`);
  }
  const latest = kept.reduce((most, { checkpoint }) => Math.max(most, checkpoint.treeSize), treeSize);
  for (const [id, checkpoint] of [...published, ...options.putBy.map((one) => [identity(one), one] as const)]) {
    if (!all.has(id) && checkpoint.treeSize <= latest) {
      wrong(checkpoint.treeSize, `${named(checkpoint)} is not among those that the audit keeps`);
    }
    all.set(id, checkpoint);
  }
  return [...all.values()].toSorted((one, other) => one.treeSize - other.treeSize || one.issuedAt - other.issuedAt);
}

function isSigned(checkpoint: CheckpointMessage, { keys, differences }: CheckpointsOptions): boolean {
  const key = keys.get(checkpoint.keyId);
  if (key && signatureHolds(checkpoint, key)) return true;
  const what = key
    ? `the signature of ${named(checkpoint)} does not hold: it was changed, or signed by another`
    : `${named(checkpoint)} is signed by the key ${checkpoint.keyId}, which does not count`;
  differences.add({ where: 'checkpoints', order: null, version: null, position: checkpoint.treeSize, what });
  return false;
}

/** How many facts that are not those that were signed are named; after so many the first is what matters. */
const mostNamed = 20;

/**
 * Computes every root again, from the store's facts and from the tree that the audit keeps. Where the audit's tree comes to
 * what was signed and the store does not, or the other way round, the two are compared leaf by leaf, which names the fact.
 */
async function compareTrees(signed: CheckpointMessage[], options: CheckpointsOptions): Promise<void> {
  const { pool, known, signal, differences } = options;
  const latest = signed.at(-1);
  if (!latest) return;
  const tiles = await keptTiles(pool);
  const leaves = new Leaves(tiles.filter(({ level }) => level === 0));
  // Orders go on coming: what was signed while we read the rest is in the store behind what we know of it.
  const since = await hashesBehind(pool, options.upTo, latest.treeSize);
  const store = new Frontier();
  const audit = new Frontier();
  let storeIsWhole = true;
  let auditIsWhole = true;
  let saidOfAudit = false;
  let held = 0;
  let namedFacts = 0;
  for (const checkpoint of signed) {
    const differing: number[] = [];
    for (let position = held + 1; position <= checkpoint.treeSize; position++) {
      if (position % 50_000 === 0) {
        signal.throwIfAborted();
        options.onProgress(position, latest.treeSize);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const hash = position > options.upTo ? since.get(position) : known.hashAt(position);
      const leaf = leaves.at(position - 1);
      const own = hash && leafHash(hash);
      storeIsWhole &&= own !== undefined;
      auditIsWhole &&= leaf !== undefined;
      if (own && storeIsWhole) store.append(own);
      if (leaf && auditIsWhole) audit.append(leaf);
      if (leaf && !(own?.equals(leaf) ?? false)) differing.push(position);
      held = position;
    }
    const auditHolds = auditIsWhole && audit.root().equals(checkpoint.rootHash);
    if (!auditHolds && !saidOfAudit) {
      saidOfAudit = true; // no larger tree comes to its root either
      const what = `the tree that the audit keeps does not come to the root of ${named(checkpoint)}`;
      differences.add({ where: 'checkpoints', order: null, version: null, position: checkpoint.treeSize, what });
    }
    const storeHolds = storeIsWhole && store.root().equals(checkpoint.rootHash);
    if (storeHolds) {
      for (const position of auditHolds ? [] : differing.slice(0, mostNamed)) await nameTheLeaf(position, options);
      continue;
    }
    if (auditHolds) {
      for (const position of differing.slice(0, Math.max(0, mostNamed - namedFacts))) {
        await nameTheFact(position, checkpoint, options);
        namedFacts++;
      }
    }
    if (!auditHolds || namedFacts === 0) {
      const what = `the store’s facts do not come to the root of ${named(checkpoint)}`;
      differences.add({ where: 'checkpoints', order: null, version: null, position: checkpoint.treeSize, what });
    }
  }
  for (const { from, to, what } of wrongUpperTiles(tiles)) {
    const fact = await factAt(pool, from);
    const said = `the tree that the audit keeps ${what} over the positions ${from} to ${to}, from which proofs are made`;
    const { order, version } = fact ?? { order: null, version: null };
    differences.add({ where: 'checkpoints', order, version, position: from, what: said });
  }
  options.onProgress(latest.treeSize, latest.treeSize);
}

/** The leaf at a position was signed, and is not the store's. */
async function nameTheFact(position: number, checkpoint: CheckpointMessage, options: CheckpointsOptions) {
  const { pool, known, differences } = options;
  const heard = await factHeardAt(pool, position);
  const stands = await factAt(pool, position);
  const wrong = (fact: Named | undefined, what: string) =>
    differences.add({
      ...{ where: 'checkpoints', order: fact?.order ?? null, version: fact?.version ?? null, position },
      what: `${what}: ${named(checkpoint)}`,
    });
  if (!known.has(position) && !(position > options.upTo && stands)) wrong(heard, notThere);
  else if (heard && stands && (heard.order !== stands.order || heard.version !== stands.version)) {
    wrong(heard, `the store has ${stands.order} version ${stands.version} where another fact was signed`);
  } else wrong(stands ?? heard, 'the store has another fact than was signed');
}

/** The store's fact at a position was signed, and the audit's tree has something else there. */
async function nameTheLeaf(position: number, { pool, differences }: CheckpointsOptions) {
  const fact = await factAt(pool, position);
  const what =
    'the tree that the audit keeps has another leaf here: the store’s facts come to the signed root, and it does not';
  differences.add({
    ...{ where: 'checkpoints', order: fact?.order ?? null, version: fact?.version ?? null, position },
    what,
  });
}

/**
 * Proves each fact of an order against the largest checkpoint, from the tree that the audit keeps; also those that only the
 * topic has, for one that was signed was in the store.
 */
async function proveFacts(signed: CheckpointMessage[], options: CheckpointsOptions): Promise<void> {
  const { pool, known, differences } = options;
  const latest = signed.at(-1);
  if (!latest) return;
  const end = await lastPosition(pool);
  if (end < latest.treeSize) {
    const what = `the store ends at ${end}, and ${named(latest)} was signed: ${cutOff}`;
    differences.add({ where: 'checkpoints', order: null, version: null, position: end + 1, what });
  }
  const size = latest.treeSize;
  const own = [...known.positions()].map((position) => ({ position, hash: known.hashAt(position)! }));
  const isBelow = ({ position }: { position: number }) => position <= size;
  const kept = own.filter(isBelow);
  const lost = options.missing.filter(isBelow);
  const paths = [...kept, ...lost].flatMap(({ position }) => inclusionPath(position - 1, size));
  const tiles = new Tiles(await keptTiles(pool, tilesOf(paths)));
  const isProved = ({ position, hash }: { position: number; hash: Buffer }): boolean => {
    const leaf = position - 1;
    try {
      const proof = tiles.inclusionProof(leaf, size);
      return inclusionHolds({ leaf, leafHash: leafHash(hash), size, root: latest.rootHash, proof });
    } catch (error) {
      if (error instanceof MissingTile) return false;
      throw error;
    }
  };
  const wrong = (fact: Named | undefined, position: number, what: string) => {
    const { order, version } = fact ?? { order: null, version: null };
    differences.add({ where: 'checkpoints', order, version, position, what: `${what}: ${named(latest)}` });
  };
  for (const [done, fact] of kept.entries()) {
    options.onProgress(done + 1, kept.length);
    if (isProved(fact)) continue;
    wrong(await factAt(pool, fact.position), fact.position, 'there is no proof that it is the fact that was signed');
  }
  for (const fact of lost) if (isProved(fact)) wrong(fact, fact.position, notThere);
}

/** What is said of a fact that a checkpoint is over. */
const notThere = 'a fact that was signed is not in the store any more';

const named = ({ treeSize, issuedAt }: CheckpointMessage): string =>
  `the checkpoint over ${treeSize} facts of ${formatInstant(issuedAt)}`;

/** The leaves of a tree that is kept in tiles. */
class Leaves {
  private readonly tiles: (Buffer | undefined)[] = [];

  constructor(tiles: readonly Tile[]) {
    for (const { index, hashes } of tiles) this.tiles[index] = hashes;
  }

  at(leaf: number): Buffer | undefined {
    const tile = this.tiles[Math.floor(leaf / TILE_WIDTH)];
    const from = (leaf % TILE_WIDTH) * 32;
    return tile && tile.length >= from + 32 ? tile.subarray(from, from + 32) : undefined;
  }
}
