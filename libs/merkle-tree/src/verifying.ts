import { nodeHash } from './hashing.js';

/**
 * Whether a leaf is in a tree, by RFC 9162, 2.1.3.2. Needs nothing but the proof: no tree and no trust.
 * @param claim leaf counted from 0, its leaf hash, the tree's size and root, and the proof as it was handed over
 */
export function inclusionHolds(claim: {
  leaf: number;
  leafHash: Uint8Array;
  size: number;
  root: Uint8Array;
  proof: readonly Uint8Array[];
}): boolean {
  const { leaf, leafHash, size, root, proof } = claim;
  if (!(Number.isSafeInteger(leaf) && Number.isSafeInteger(size) && leaf >= 0 && leaf < size)) return false;
  let own = leaf;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (own % 2 === 1 || own === last) {
      hash = nodeHash(sibling, hash);
      while (own % 2 === 0 && own !== 0) [own, last] = [own / 2, half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [own, last] = [half(own), half(last)];
  }
  return last === 0 && equal(hash, root);
}

/** Whether an earlier tree is the beginning of a later one, by RFC 9162, 2.1.4.2. */
export function consistencyHolds(claim: {
  earlier: { size: number; root: Uint8Array };
  later: { size: number; root: Uint8Array };
  proof: readonly Uint8Array[];
}): boolean {
  const { earlier, later } = claim;
  const sizes = Number.isSafeInteger(earlier.size) && Number.isSafeInteger(later.size);
  if (!sizes || earlier.size < 1 || earlier.size > later.size) return false;
  if (earlier.size === later.size) return claim.proof.length === 0 && equal(earlier.root, later.root);
  const proof = isPowerOfTwo(earlier.size) ? [earlier.root, ...claim.proof] : [...claim.proof];
  const first = proof.shift();
  if (first === undefined) return false;
  let own = earlier.size - 1;
  let last = later.size - 1;
  while (own % 2 === 1) [own, last] = [half(own), half(last)];
  let [before, after] = [first, first];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (own % 2 === 1 || own === last) {
      before = nodeHash(sibling, before);
      after = nodeHash(sibling, after);
      while (own % 2 === 0 && own !== 0) [own, last] = [own / 2, half(last)];
    } else {
      after = nodeHash(after, sibling);
    }
    [own, last] = [half(own), half(last)];
  }
  return last === 0 && equal(before, earlier.root) && equal(after, later.root);
}

const half = (n: number): number => Math.floor(n / 2);
const equal = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

function isPowerOfTwo(n: number): boolean {
  while (n > 1 && n % 2 === 0) n /= 2;
  return n === 1;
}
