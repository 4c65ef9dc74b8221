import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseInstant } from '@orderlog/instant';
import { checkpointBytes, keyIdOf, publicKeyOf, signatureHolds, signCheckpoint, signingKeyOf } from './checkpoint.js';

/** RFC 8032, 7.1, test 1. */
const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
const publicHex = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const key = signingKeyOf(seed);
const publicKey = publicKeyOf(createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString());
const checkpoint = {
  ...{ origin: 'orderlog', treeSize: 61_204, rootHash: Buffer.alloc(32, 0xab) },
  issuedAt: parseInstant('2026-11-24T14:05:00.000001Z')!,
};

describe('a checkpoint', () => {
  it('is signed over its RFC 8785 JSON', () => {
    expect(checkpointBytes({ ...checkpoint, keyId: keyIdOf(key) }).toString()).toBe(
      `{"issuedAt":"2026-11-24T14:05:00.000001Z","keyId":"${keyIdOf(key)}","origin":"orderlog","rootHash":"${'ab'.repeat(32)}","treeSize":61204}`,
    );
  });

  it('is signed by an Ed25519 key that is 32 bytes', () => {
    expect(publicKey.export({ format: 'der', type: 'spki' }).toString('hex')).toMatch(new RegExp(`${publicHex}$`));
    expect(keyIdOf(publicKey)).toBe(keyIdOf(key));
    expect(signCheckpoint(checkpoint, key)).toMatchObject({ ...checkpoint, keyId: keyIdOf(key) });
    expect(() => publicKeyOf('none')).toThrow();
  });

  it('holds as it was signed, under that key, and in no other way', () => {
    const signed = signCheckpoint(checkpoint, key);
    expect(signatureHolds(signed, publicKey)).toBe(true);
    const other = createPublicKey(signingKeyOf(Buffer.alloc(32, 1)));
    expect(signatureHolds(signed, other)).toBe(false);
    expect(signatureHolds({ ...signed, keyId: keyIdOf(other) }, other)).toBe(false);
    expect(signatureHolds({ ...signed, origin: 'another' }, publicKey)).toBe(false);
    expect(signatureHolds({ ...signed, treeSize: 61_205 }, publicKey)).toBe(false);
    expect(signatureHolds({ ...signed, issuedAt: signed.issuedAt + 1 }, publicKey)).toBe(false);
    fc.assert(
      fc.property(fc.nat({ max: 511 }), (bit) => {
        const flipped = (bytes: Buffer): Buffer => {
          const copy = Buffer.from(bytes);
          copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7);
          return copy;
        };
        expect(signatureHolds({ ...signed, signature: flipped(signed.signature) }, publicKey)).toBe(false);
        expect(signatureHolds({ ...signed, rootHash: flipped(signed.rootHash) }, publicKey)).toBe(false);
      }),
    );
  });
});
