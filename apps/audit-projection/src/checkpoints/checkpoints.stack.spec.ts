import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseInstant } from '@orderlog/instant';
import { readEnds } from '@orderlog/kafka';
import { eventually } from '@orderlog/local-stack';
import { consistencyHolds, Frontier, GrowingTree, inclusionHolds, leafHash } from '@orderlog/merkle-tree';
import { publicKeyOf, readSchemaText, signatureHolds, type CheckpointMessage } from '@orderlog/order-contract';
import pg from 'pg';
import { log } from '../signals.js';
import { captured, givenPlatform, placed, type Platform } from '../testing/platform.js';

interface Signed {
  origin: string;
  treeSize: number;
  rootHash: string;
  issuedAt: string;
  keyId: string;
  signature: string;
}
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const messageOf = (signed: Signed): CheckpointMessage => ({
  ...{ origin: signed.origin, treeSize: signed.treeSize, keyId: signed.keyId },
  ...{ rootHash: bytes(signed.rootHash), signature: bytes(signed.signature) },
  issuedAt: parseInstant(signed.issuedAt)!,
});

describe('a checkpoint', () => {
  let platform: Platform;
  let superuser: pg.Client;
  let app: Awaited<ReturnType<Platform['start']>>;
  /** The hashes of all facts that were given, by position. */
  const hashes: Buffer[] = [];
  const settings = { AUDIT_CHECKPOINT_EVERY_MS: '100', AUDIT_ORIGIN: 'orderlog of this test' };

  const ask = async <T>(path: string): Promise<{ status: number; body: T }> => {
    const answer = await fetch(app.url + path);
    return { status: answer.status, body: (await answer.json()) as T };
  };
  const latest = async () => {
    const { body } = await ask<{ checkpoints: Signed[]; waitsFor: { position: number; why: string } | null }>(
      '/audit/checkpoints',
    );
    return { checkpoint: body.checkpoints[0], waitsFor: body.waitsFor, all: body.checkpoints };
  };
  const coveredTo = (treeSize: number) =>
    eventually({ withinMs: 30_000 }, async () => expect(await latest()).toMatchObject({ checkpoint: { treeSize } }));
  /** Orders of two facts each. */
  const given = async (orders: number) => {
    const messages = Array.from({ length: orders }, () => `o-${randomUUID()}`).flatMap((id) =>
      [placed(id), captured(id, 1)].map(platform.messageOf),
    );
    hashes.push(...(await Promise.all(messages.map(hashIn))));
    await platform.send(messages);
  };
  const decoder = () => platform.registry.decoder<{ hash: Buffer }>(readSchemaText('OrderEvent'));
  const hashIn = async ({ value }: { value: Buffer | null }) => (await decoder().decode(value)).value.hash;
  const rootOver = (size: number): string => {
    const frontier = new Frontier();
    for (const hash of hashes.slice(0, size)) frontier.append(leafHash(hash));
    return frontier.root().toString('hex');
  };

  beforeAll(async () => {
    platform = await givenPlatform();
    superuser = new pg.Client({ connectionString: platform.database.connectionString });
    await superuser.connect();
    app = await platform.start(settings);
    await given(150);
    await coveredTo(300);
    await given(40);
    await coveredTo(380);
  }, 90_000);
  afterAll(async () => {
    await superuser.end();
    await platform.end();
  }, 60_000);

  it('is a root over all facts so far, signed by the key that is shown, here and in Kafka', async () => {
    const { all } = await latest();
    const { body: keys } = await ask<{ keyId: string; publicKey: string }>('/audit/checkpoints/public-key');
    const publicKey = publicKeyOf(keys.publicKey);
    for (const signed of all) {
      expect(signed).toMatchObject({ origin: settings.AUDIT_ORIGIN, keyId: keys.keyId });
      expect(signed.rootHash).toBe(rootOver(signed.treeSize));
      expect(signatureHolds(messageOf(signed), publicKey)).toBe(true);
    }
    await eventually({ withinMs: 30_000 }, async () => {
      const options = { perPartition: 1_000, timeoutMs: 10_000 };
      const records = await readEnds(platform.connection, platform.topics.checkpoints, options);
      const read = platform.registry.decoder<CheckpointMessage>(readSchemaText('Checkpoint'));
      const published = await Promise.all(records.map(async ({ value }) => (await read.decode(value)).value));
      expect(published.map((one) => ({ ...one }))).toEqual(all.toReversed().map(messageOf));
      expect(records.map(({ key }) => String(key))).toEqual(all.toReversed().map(({ treeSize }) => String(treeSize)));
    });
  });

  it('is listed in pages', async () => {
    const { all } = await latest();
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { checkpoints: Signed[]; nextCursor: string | null } = (
        await ask<{ checkpoints: Signed[]; nextCursor: string | null }>(
          `/audit/checkpoints?limit=1${cursor && `&cursor=${cursor}`}`,
        )
      ).body;
      seen.push(...page.checkpoints.map(({ treeSize }) => treeSize));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all.map(({ treeSize }) => treeSize));
  });

  it('proves each fact to someone who has nothing but the key and SHA-256', async () => {
    await platform.given(placed('8471'), captured('8471', 5));
    hashes.push(Buffer.alloc(0), Buffer.alloc(0)); // not looked at by hash from here on
    await coveredTo(382);
    const { status, body } = await ask<{
      hash: string;
      version: number;
      position: number;
      leafIndex: number;
      leafHash: string;
      proof: string[];
      checkpoint: Signed;
    }>('/audit/orders/8471/proof?version=1');
    expect({ status, body }).toMatchObject({ status: 200, body: { version: 1, position: 381, leafIndex: 380 } });
    const byHand = createHash('sha256').update(Buffer.of(0)).update(bytes(body.hash)).digest('hex');
    expect(body.leafHash).toBe(byHand);
    const claim = {
      ...{ leaf: body.leafIndex, leafHash: bytes(byHand), size: body.checkpoint.treeSize },
      ...{ root: bytes(body.checkpoint.rootHash), proof: body.proof.map(bytes) },
    };
    expect(inclusionHolds(claim)).toBe(true);
    expect(inclusionHolds({ ...claim, leaf: claim.leaf + 1 })).toBe(false);
    expect((await ask<{ version: number }>('/audit/orders/8471/proof')).body.version).toBe(2);
    expect(await ask('/audit/orders/8471/proof?version=3')).toMatchObject({
      status: 404,
      body: { detail: 'Its last version is 2.' },
    });
    expect(await ask('/audit/orders/nobody/proof')).toMatchObject({ status: 404 });
  });

  it('is consistent with every one before it', async () => {
    const { checkpoint, all } = await latest();
    for (const earlier of all) {
      const { body } = await ask<{ fromRoot: string; toRoot: string; proof: string[] }>(
        `/audit/checkpoints/consistency?from=${earlier.treeSize}&to=${checkpoint!.treeSize}`,
      );
      expect(body).toMatchObject({ fromRoot: earlier.rootHash, toRoot: checkpoint!.rootHash });
      const holds = consistencyHolds({
        earlier: { size: earlier.treeSize, root: bytes(earlier.rootHash) },
        later: { size: checkpoint!.treeSize, root: bytes(checkpoint!.rootHash) },
        proof: body.proof.map(bytes),
      });
      expect(holds).toBe(true);
    }
    expect(await ask('/audit/checkpoints/consistency?from=2&to=1')).toMatchObject({ status: 400 });
    expect(await ask('/audit/checkpoints/consistency?from=0&to=1')).toMatchObject({ status: 400 });
    expect(await ask('/audit/checkpoints/consistency?from=1&to=9999999')).toMatchObject({ status: 404 });
  });

  it('waits for a fact that is missing, and goes on when it has come', async () => {
    const [first, second, third] = ['g-1', 'g-2', 'g-3'].map((id) => platform.messageOf(placed(id)));
    await platform.send([first!, third!]);
    await eventually({ withinMs: 30_000 }, async () =>
      expect(await latest()).toMatchObject({
        checkpoint: { treeSize: 383 },
        waitsFor: { position: 384, why: 'missing' },
      }),
    );
    expect(await ask('/audit/orders/g-3/proof')).toMatchObject({ status: 404, body: { title: /No checkpoint/ } });
    await platform.send([second!]);
    await coveredTo(385);
    expect((await latest()).waitsFor).toBe(null);
  });

  it('may be due in two processes, and is signed by one', async () => {
    const other = await platform.start(settings);
    await platform.given(...Array.from({ length: 20 }, (_, n) => placed(`two-${n}`)));
    await coveredTo(405);
    await other.stop('the test is over');
  }, 60_000);

  it('is never signed over a tree that somebody has changed', async () => {
    const { checkpoint } = await latest();
    const differs = log.heard('checkpoints.tree-differs', { withinMs: 30_000 });
    await superuser.query(
      `update audit.tree_tiles set hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)
       where level = 0 and index = 1`,
    );
    await platform.given(placed('behind-it'));
    expect((await differs).error).toMatch(/does not come to the root/);
    expect((await latest()).checkpoint).toEqual(checkpoint);
    expect(await ask('/audit/orders/g-3/proof')).toMatchObject({
      status: 409,
      body: { type: 'urn:orderlog:problem:proof-does-not-hold' },
    });
    await superuser.query(
      `update audit.tree_tiles set hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)
       where level = 0 and index = 1`,
    );
    await coveredTo(406);
    expect((await ask('/audit/orders/g-3/proof')).status).toBe(200);
  });

  it('is kept again as it was, where a restore has taken it back and the topic has it; and not over other facts', async () => {
    const before = await latest();
    const kept = async () => {
      const columns = 'tree_size, root_hash, issued_at, origin, key_id, signature';
      return (await superuser.query<object>(`select ${columns} from audit.checkpoints order by tree_size`)).rows;
    };
    const signed = await kept();
    await app.stop('the database is put back');
    const [backedUp, next] = before.all.map(({ treeSize }) => treeSize).toReversed() as [number, number];
    const { rows } = await superuser.query<{ hash: Buffer }>(
      `select hash from audit.facts order by position limit ${backedUp}`,
    );
    const tree = new GrowingTree();
    for (const { hash } of rows) tree.append(leafHash(hash));
    await superuser.query(`delete from audit.checkpoints where tree_size > ${backedUp}`);
    await superuser.query('delete from audit.tree_tiles');
    for (const { level, index, hashes: leaves } of tree.takeChanged())
      await superuser.query('insert into audit.tree_tiles values ($1, $2, $3)', [level, index, leaves]);
    const turn = `update audit.facts set hash = set_byte(hash, 0, get_byte(hash, 0) # 1) where position = ${next}`;

    await superuser.query(turn);
    const differs = log.heard('checkpoints.tree-differs', { withinMs: 30_000 });
    app = await platform.start(settings);
    expect((await differs).error).toContain(`do not come to the root that was signed over ${next} of them and`);
    expect((await latest()).checkpoint).toMatchObject({ treeSize: backedUp });
    await superuser.query(turn);
    await coveredTo(before.checkpoint!.treeSize);
    expect(await kept()).toEqual(signed);
  }, 60_000);

  it('stops before two facts that claim one position, and says so', async () => {
    const waiting = log.heard('checkpoints.waiting', { withinMs: 30_000 });
    await platform.given({ ...placed('claims-1'), position: 408 }, { ...placed('claims-2'), position: 408 });
    // They may come by two partitions: whoever has heard of one of them alone would go on over it.
    await eventually({ withinMs: 30_000 }, async () => {
      const { rows } = await superuser.query('select from audit.facts where position = 408');
      expect(rows).toHaveLength(2);
    });
    await platform.given({ ...placed('before'), position: 407 });
    await eventually({ withinMs: 30_000 }, async () =>
      expect(await latest()).toMatchObject({
        checkpoint: { treeSize: 407 },
        waitsFor: { position: 408, why: 'claimed-twice' },
      }),
    );
    expect(await waiting).toEqual({ position: 408, why: 'claimed-twice' });
  });

  it('cannot be changed or taken away by the service itself', async () => {
    const service = new pg.Client({ connectionString: platform.database.as('audit') });
    await service.connect();
    for (const change of [
      'update audit.checkpoints set tree_size = 1',
      'delete from audit.checkpoints',
      'delete from audit.tree_tiles',
      'update audit.signing_keys set public_key = $$x$$',
    ]) {
      await expect(service.query(change)).rejects.toThrow('permission denied');
    }
    await service.end();
  });
});
