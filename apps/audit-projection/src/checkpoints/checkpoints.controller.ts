import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@orderlog/instant';
import {
  consistencyPath,
  inclusionHolds,
  inclusionPath,
  leafHash,
  MissingTile,
  tilesOf,
  type Range,
  type Tiles,
} from '@orderlog/merkle-tree';
import type { CheckpointMessage } from '@orderlog/order-contract';
import { ApiProblems, pageLimit, Problem, wholeNumber } from '@orderlog/service-kit';
import { z } from 'zod';
import { AuditDatabase } from '../answering-audit/audit.controller.js';
import { factsOfOrder } from '../answering-audit/timeline.sql.js';
import { Checkpoints } from './checkpoints.js';
import { lastCheckpoints, signingKeys } from './kept-checkpoints.sql.js';
import { readTiles } from './tree-tiles.sql.js';

const orderId = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .describe('an order ID: 1 to 64 of A–Z a–z 0–9 . _ -');
const size = wholeNumber('a tree size', 1);
const sha256 = z.string().describe('SHA-256, in lower-case hexadecimal');
const proof = z.array(sha256).describe('as RFC 9162 orders them: from the leaf up');

const checkpoint = z.strictObject({
  origin: z.string().describe('which log it is of'),
  treeSize: z.int().describe('how many facts: positions 1 to treeSize'),
  rootHash: sha256,
  issuedAt: z.string(),
  keyId: z.string().describe('which key has signed it'),
  signature: z.string().describe('Ed25519, in hexadecimal, over the RFC 8785 JSON of the other five'),
});
const exampleCheckpoint = {
  ...{ origin: 'orderlog', treeSize: 61_204, rootHash: '6b47aaf2…', issuedAt: '2026-11-24T14:05:00.000000Z' },
  ...{ keyId: '3f1c5b0e9a77d210', signature: '92a009a9…' },
};

const checkpointsQuery = z.strictObject({
  limit: pageLimit(10_000, 100),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe('the nextCursor of the page before'),
});
const checkpointsAnswer = z
  .strictObject({
    checkpoints: z.array(checkpoint).describe('the latest first'),
    waitsFor: z
      .strictObject({ position: z.int(), why: z.enum(['missing', 'claimed-twice', 'hash-mismatch']) })
      .nullable()
      .describe('what keeps the next checkpoint from going further; null: nothing'),
    nextCursor: z.string().nullable().describe('for the next page, of older ones; null: this is the last one'),
  })
  .meta({
    id: 'Checkpoints',
    examples: [{ checkpoints: [exampleCheckpoint], waitsFor: null, nextCursor: null }],
  });

const publicKeys = z
  .strictObject({
    keyId: z.string(),
    publicKey: z.string().describe('Ed25519, PEM (SubjectPublicKeyInfo): what openssl and every other tool reads'),
    earlier: z
      .array(z.strictObject({ keyId: z.string(), publicKey: z.string() }))
      .describe('keys that have signed here before this one'),
  })
  .meta({
    id: 'PublicKey',
    examples: [{ keyId: exampleCheckpoint.keyId, publicKey: '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2Vw…', earlier: [] }],
  });

const consistencyQuery = z.strictObject({ from: size, to: size });
const consistencyAnswer = z.strictObject({ from: z.int(), to: z.int(), fromRoot: sha256, toRoot: sha256, proof }).meta({
  id: 'Consistency',
  examples: [{ from: 61_000, to: 61_204, fromRoot: '96a296d2…', toRoot: '6b47aaf2…', proof: ['5f083f0a…'] }],
});

const proofQuery = z.strictObject({
  version: wholeNumber('a version of the order; its last one if absent', 1, 2_147_483_647).optional(),
});
const inclusionAnswer = z
  .strictObject({
    orderId: z.string(),
    version: z.int(),
    position: z.int(),
    hash: sha256.describe('the fact’s hash: SHA-256 of the hash before it and of what it says (schemas/README.md)'),
    leafIndex: z.int().describe('position − 1'),
    leafHash: sha256.describe('SHA-256 of the byte 0 and `hash`'),
    proof,
    checkpoint,
  })
  .meta({
    id: 'InclusionProof',
    examples: [
      {
        ...{ orderId: '8471', version: 2, position: 1_204, hash: '9f2c…', leafIndex: 1_203, leafHash: '41aa…' },
        ...{ proof: ['96a296d2…', '5f083f0a…'], checkpoint: exampleCheckpoint },
      },
    ],
  });

/** What anyone needs to check a fact without trusting us: docs/integrity.md says how. */
@ApiTags('checkpoints')
@Controller('audit')
export class CheckpointsController {
  constructor(
    private readonly database: AuditDatabase,
    private readonly checkpoints: Checkpoints,
  ) {}

  @Get('checkpoints')
  @ApiOperation({
    summary: 'Signed statements of what all facts up to a position are',
    description: 'Keep one: whoever changes an older fact afterwards cannot make another that is consistent with it.',
  })
  @ApiResponse({ status: 200, standardSchema: checkpointsAnswer, description: 'A page of checkpoints.' })
  @ApiProblems([400])
  async list(
    @Query({ schema: checkpointsQuery }) asked: z.output<typeof checkpointsQuery>,
  ): Promise<z.output<typeof checkpointsAnswer>> {
    const found = await lastCheckpoints(this.database.pool, {
      ...(asked.cursor !== undefined && { upTo: Number(asked.cursor) }),
      limit: asked.limit + 1,
    });
    const next = found[asked.limit];
    return {
      checkpoints: found.slice(0, asked.limit).map(inWords),
      waitsFor: this.checkpoints.waitsFor,
      nextCursor: next ? String(next.treeSize) : null,
    };
  }

  @Get('checkpoints/public-key')
  @ApiOperation({
    summary: 'The key that checks the signatures',
    description: 'Take it once, over a way that you trust, and keep it; asked for each time, it proves nothing.',
  })
  @ApiResponse({ status: 200, standardSchema: publicKeys, description: 'The key of today, and those before it.' })
  async publicKey(): Promise<z.output<typeof publicKeys>> {
    const { keyId, publicKey } = this.checkpoints;
    const earlier = await signingKeys(this.database.pool);
    return { keyId, publicKey, earlier: earlier.filter((key) => key.keyId !== keyId) };
  }

  @Get('checkpoints/consistency')
  @ApiOperation({
    summary: 'Proves that the facts of one checkpoint are the beginning of those of another',
    description: 'RFC 9162, 2.1.4: `from` and `to` are tree sizes.',
  })
  @ApiResponse({ status: 200, standardSchema: consistencyAnswer, description: 'The proof, between the two roots.' })
  @ApiProblems([400, 404, 409], {
    404: 'No checkpoint is over so many facts yet.',
    409: 'The tree that is kept here is damaged.',
  })
  async consistency(
    @Query({ schema: consistencyQuery }) { from, to }: z.output<typeof consistencyQuery>,
  ): Promise<z.output<typeof consistencyAnswer>> {
    const [latest] = await lastCheckpoints(this.database.pool, { limit: 1 });
    if (from > to) {
      throw new Problem({
        ...{ code: 'invalid-request', status: 400, title: 'The request is not well-formed.' },
        detail: '`from` is the smaller tree, `to` the larger one.',
      });
    }
    if (!latest || to > latest.treeSize)
      throw notCovered(`the latest checkpoint is over ${latest?.treeSize ?? 0} facts`);
    const whole = [from, to].map((end) => ({ from: 0, to: end }));
    return this.fromTiles([...whole, ...consistencyPath(from, to)], (tiles) => ({
      ...{ from, to },
      fromRoot: tiles.root(from).toString('hex'),
      toRoot: tiles.root(to).toString('hex'),
      proof: tiles.consistencyProof(from, to).map((hash) => hash.toString('hex')),
    }));
  }

  @Get('orders/:orderId/proof')
  @ApiOperation({
    summary: 'Proves that a fact is among those of the latest checkpoint',
    description: 'RFC 9162, 2.1.3. With the public key, nothing else of ours has to be believed.',
  })
  @ApiResponse({
    status: 200,
    standardSchema: inclusionAnswer,
    description: 'The proof, and the checkpoint it is against.',
  })
  @ApiProblems([400, 404, 409], {
    404: 'There is no such fact, or no checkpoint is over it yet.',
    409: 'The fact is not the one that was signed, or the tree that is kept here is damaged.',
  })
  async proof(
    @Param('orderId', { schema: orderId }) id: string,
    @Query({ schema: proofQuery }) { version }: z.output<typeof proofQuery>,
  ): Promise<z.output<typeof inclusionAnswer>> {
    const { pool } = this.database;
    const facts = await this.contentsOf(id, version);
    const [latest] = await lastCheckpoints(pool, { limit: 1 });
    const covered = facts.filter(({ position }) => position !== null && position <= (latest?.treeSize ?? 0));
    if (!latest || covered.length === 0) throw notCovered('the next checkpoint will be over it');
    for (const fact of covered) {
      const answer = await this.inclusionOf(id, fact as typeof fact & { position: number }, latest);
      if (answer) return answer;
    }
    throw doesNotHold('what the audit holds of this version is not what was signed at its position');
  }

  /** Every content of a version of an order; the last version where none is said. */
  private async contentsOf(id: string, version: number | undefined) {
    const generation = await this.database.generation();
    const { pool } = this.database;
    const { rows } = await pool.query<{ last: number | null }>(
      'select max(version) as last from audit.facts where generation = $1 and order_id = $2',
      [generation, id],
    );
    const last = rows[0]?.last;
    const wanted = version ?? last;
    const found =
      typeof wanted === 'number' ? await factsOfOrder(pool, generation, id, { fromVersion: wanted, limit: 100 }) : [];
    const contents = found.filter((fact) => fact.version === wanted);
    if (contents.length > 0) return contents;
    throw new Problem({
      ...{ code: 'order-not-found', status: 404, title: 'There is no such order.' },
      detail: typeof last === 'number' ? `Its last version is ${last}.` : 'The audit has heard nothing of it.',
    });
  }

  /** @returns undefined where the fact is not the one under the checkpoint */
  private inclusionOf(
    id: string,
    fact: { version: number; position: number; hash: string },
    latest: CheckpointMessage,
  ): Promise<z.output<typeof inclusionAnswer> | undefined> {
    const leaf = fact.position - 1;
    const hash = leafHash(Buffer.from(fact.hash, 'hex'));
    return this.fromTiles(inclusionPath(leaf, latest.treeSize), (tiles) => {
      const path = tiles.inclusionProof(leaf, latest.treeSize);
      const claim = { leaf, leafHash: hash, size: latest.treeSize, root: latest.rootHash, proof: path };
      if (!inclusionHolds(claim)) return undefined;
      return {
        ...{ orderId: id, version: fact.version, position: fact.position, hash: fact.hash },
        ...{ leafIndex: leaf, leafHash: hash.toString('hex') },
        proof: path.map((sibling) => sibling.toString('hex')),
        checkpoint: inWords(latest),
      };
    });
  }

  private async fromTiles<T>(ranges: Range[], compute: (tiles: Tiles) => T): Promise<T> {
    const tiles = await readTiles(this.database.pool, tilesOf(ranges));
    try {
      return compute(tiles);
    } catch (error) {
      if (error instanceof MissingTile) throw doesNotHold(error.message);
      throw error;
    }
  }
}

const inWords = (signed: CheckpointMessage): z.output<typeof checkpoint> => ({
  origin: signed.origin,
  treeSize: signed.treeSize,
  rootHash: signed.rootHash.toString('hex'),
  issuedAt: formatInstant(signed.issuedAt),
  keyId: signed.keyId,
  signature: signed.signature.toString('hex'),
});

const notCovered = (detail: string): Problem =>
  new Problem({ code: 'not-under-a-checkpoint', status: 404, title: 'No checkpoint is over it yet.', detail });

const doesNotHold = (detail: string): Problem =>
  new Problem({
    ...{ code: 'proof-does-not-hold', status: 409, title: 'There is no proof: what is kept is not what was signed.' },
    detail: `${detail}. Run \`orderlog verify\`: it names the first fact that differs.`,
  });
