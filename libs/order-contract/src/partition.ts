import { PARTITIONS } from './topics.js';

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/** Java's murmur2, as Kafka's default partitioner has it: 32 bits, signed. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  let hash = seed ^ length;
  const whole = length - (length % 4);
  for (let at = 0; at < whole; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    word = Math.imul(word, multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  const left = length - whole;
  if (left >= 3) hash ^= bytes[whole + 2]! << 16;
  if (left >= 2) hash ^= bytes[whole + 1]! << 8;
  if (left >= 1) hash = Math.imul(hash ^ bytes[whole]!, multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  hash ^= hash >>> 15;
  return hash;
}

/**
 * Which partition all of an order's messages stand on: what Java's default partitioner would give for the key `orderId`,
 * whatever the message's own key is.
 */
export const partitionOf = (orderId: string, partitions = PARTITIONS): number =>
  (murmur2(Buffer.from(orderId)) & 0x7fffffff) % partitions;
