import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { formatInstant } from '@orderlog/instant';
import { leafHash } from '@orderlog/merkle-tree';
import {
  checkpointProblem,
  publicKeyOf,
  publicPemOf,
  signCheckpoint,
  signingKeyOf,
  type DossierCheckpoint,
  type RecordedFact,
} from '@orderlog/order-contract';
import { AuditsWord } from './audits-word.js';

const fact = { version: 1, position: 1, hash: Buffer.alloc(32, 1) } as RecordedFact;
const younger = { version: 2, position: 2, hash: Buffer.alloc(32, 2) } as RecordedFact;
const key = signingKeyOf(Buffer.alloc(32, 9));
const at = 1_795_528_920_000_000;
const signed = signCheckpoint({ origin: 'o', treeSize: 1, rootHash: leafHash(fact.hash), issuedAt: at }, key);
const checkpoint = {
  ...{ origin: 'o', treeSize: 1, keyId: signed.keyId, issuedAt: formatInstant(at) },
  ...{ rootHash: signed.rootHash.toString('hex'), signature: signed.signature.toString('hex') },
};
const answers: Record<string, unknown> = {
  '/audit/checkpoints?limit=1': { checkpoints: [checkpoint], waitsFor: null, nextCursor: null },
  '/audit/orders/8471/proof?version=1': { orderId: '8471', version: 1, proof: [], checkpoint },
  '/audit/checkpoints/public-key': {
    ...{ keyId: 'another', publicKey: 'of today' },
    earlier: [{ keyId: signed.keyId, publicKey: publicPemOf(key) }],
  },
};

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** Where something answers as the audit would. */
async function auditThatSays(said: Record<string, unknown>): Promise<AuditsWord> {
  server = createServer((request, response) => {
    const answer = said[request.url!];
    response.writeHead(typeof answer === 'number' ? answer : answer === undefined ? 404 : 200);
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return new AuditsWord(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

describe('the audit’s word', () => {
  it('is for the last fact that a checkpoint is over, with the key that signed it, be it an earlier one', async () => {
    const word = (await (await auditThatSays(answers)).of('8471', [fact, younger])) as DossierCheckpoint;
    expect(word).toMatchObject({ version: 1, publicKey: publicPemOf(key), ...checkpoint });
    const inHex = [{ version: 1, position: 1, hash: fact.hash.toString('hex') }];
    expect(checkpointProblem(word, inHex, publicKeyOf(word.publicKey))).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>]>([
    ['not-yet', { '/audit/checkpoints?limit=1': { checkpoints: [] } }],
    ['differs', { '/audit/orders/8471/proof?version=1': 409 }],
    ['differs', { '/audit/orders/8471/proof?version=1': { proof: ['00'.repeat(32)], checkpoint } }],
    ['differs', { '/audit/checkpoints/public-key': { keyId: 'another', publicKey: 'of today', earlier: [] } }],
    ['audit-away', { '/audit/checkpoints?limit=1': 503 }],
    ['audit-away', { '/audit/checkpoints?limit=1': { said: 'something else' } }],
  ])('is %s where it cannot be given: %j', async (why, instead) => {
    expect(await (await auditThatSays({ ...answers, ...instead })).of('8471', [fact])).toBe(why);
  });

  it('is not waited for where nobody answers, or nobody said where to ask', async () => {
    expect(await new AuditsWord('http://127.0.0.1:1').of('8471', [fact])).toBe('audit-away');
    expect(await new AuditsWord('').of('8471', [fact])).toBe('no-audit');
  });
});
