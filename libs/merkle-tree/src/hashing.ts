import { hash } from 'node:crypto';

/** Bytes of a SHA-256. */
export const HASH_BYTES = 32;

/** By way of a text: a Buffer from Node's pool, not one of its own; a tree makes one for every leaf and every node. */
const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');

/** RFC 9162, 2.1.1: leaves and nodes begin with another byte each, so that no node can pass for a leaf. */
const leafPrefix = 0x00;
const nodePrefix = 0x01;

/** The root of a tree without leaves. */
export const emptyRoot = sha256(Buffer.alloc(0));

const leafScratch = Buffer.alloc(1 + HASH_BYTES, leafPrefix);
const nodeScratch = Buffer.alloc(1 + 2 * HASH_BYTES, nodePrefix);

/** SHA-256(0x00 ‖ data). */
export function leafHash(data: Uint8Array): Buffer {
  if (data.length !== HASH_BYTES) return sha256(Buffer.concat([Buffer.of(leafPrefix), data]));
  leafScratch.set(data, 1);
  return sha256(leafScratch);
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 1 + HASH_BYTES);
  return sha256(nodeScratch);
}
