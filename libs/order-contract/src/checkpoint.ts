import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { formatInstant, type Instant } from '@orderlog/instant';
import { canonicalBytes } from './canonical-document.js';
import type { CheckpointMessage } from './messages.generated.js';

/** What a checkpoint says, before someone stands for it. */
export interface UnsignedCheckpoint {
  /** Which log the tree is of. */
  origin: string;
  /** How many facts the tree holds: positions 1 to treeSize. */
  treeSize: number;
  rootHash: Buffer;
  issuedAt: Instant;
}

/** The bytes that are signed: RFC 8785, UTF-8. */
export const checkpointBytes = (checkpoint: UnsignedCheckpoint & { keyId: string }): Buffer =>
  canonicalBytes({
    issuedAt: formatInstant(checkpoint.issuedAt),
    keyId: checkpoint.keyId,
    origin: checkpoint.origin,
    rootHash: checkpoint.rootHash.toString('hex'),
    treeSize: checkpoint.treeSize,
  });

/** PKCS #8 of an Ed25519 key, without the 32 bytes that are the key. */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed 32 random bytes: an Ed25519 private key is no more than that */
export const signingKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });

/**
 * Reads a public key, in PEM.
 * @throws Error where it is none, or not one of Ed25519
 */
export function publicKeyOf(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`the key is ${key.asymmetricKeyType}, not ed25519`);
  return key;
}

/** Names a key: the first 16 hexadecimal digits of the SHA-256 of its public half (DER, SubjectPublicKeyInfo). */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('hex')
    .slice(0, 16);
}

/** Stands for a checkpoint, with Ed25519. */
export function signCheckpoint(checkpoint: UnsignedCheckpoint, key: KeyObject): CheckpointMessage {
  const { origin, treeSize, rootHash, issuedAt } = checkpoint;
  const signed = { origin, treeSize, rootHash, issuedAt, keyId: keyIdOf(key) };
  return { ...signed, signature: sign(null, checkpointBytes(signed), key) };
}

/** Whether the holder of this key has signed exactly this. */
export const signatureHolds = (checkpoint: CheckpointMessage, key: KeyObject): boolean =>
  keyIdOf(key) === checkpoint.keyId && verify(null, checkpointBytes(checkpoint), key, checkpoint.signature);
