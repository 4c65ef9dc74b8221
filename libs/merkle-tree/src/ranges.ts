/** Leaves `from` … `to` − 1, counted from 0. */
export interface Range {
  from: number;
  to: number;
}

/** A complete subtree: the `index`-th, from 0, of those with 2^level leaves. */
export interface Subtree {
  level: number;
  index: number;
}

/**
 * The parts of a tree whose hashes prove that a leaf is in it: RFC 9162's PATH (2.1.3.1), from the leaf up.
 * @param leaf counted from 0
 * @throws RangeError where there is no such leaf
 */
export function inclusionPath(leaf: number, size: number): Range[] {
  if (!(Number.isSafeInteger(leaf) && Number.isSafeInteger(size) && leaf >= 0 && leaf < size)) {
    throw new RangeError(`a tree of ${size} leaves has no leaf ${leaf}`);
  }
  const path: Range[] = [];
  for (let from = 0, to = size; to - from > 1;) {
    const split = from + largestPowerBelow(to - from);
    if (leaf < split) {
      path.push({ from: split, to });
      to = split;
    } else {
      path.push({ from, to: split });
      from = split;
    }
  }
  return path.reverse();
}

/**
 * The parts of a tree whose hashes prove that an earlier tree is its beginning: RFC 9162's PROOF (2.1.4.1).
 * @throws RangeError unless 0 < earlier ≤ size
 */
export function consistencyPath(earlier: number, size: number): Range[] {
  if (!(Number.isSafeInteger(earlier) && Number.isSafeInteger(size) && earlier > 0 && earlier <= size)) {
    throw new RangeError(`a tree of ${size} leaves has no beginning of ${earlier}`);
  }
  const path: Range[] = [];
  let from = 0;
  let to = size;
  let known = true; // the earlier tree's root is a part of the tree as it is
  while (to !== earlier) {
    const split = from + largestPowerBelow(to - from);
    if (earlier <= split) {
      path.push({ from: split, to });
      to = split;
    } else {
      path.push({ from, to: split });
      from = split;
      known = false;
    }
  }
  if (!known) path.push({ from, to });
  return path.reverse();
}

/**
 * The complete subtrees that a part of a tree is made of, the largest first. Every part that a proof names begins where a
 * subtree of its size may begin, so these are as many as its length has ones in binary.
 */
export function subtreesOf({ from, to }: Range): Subtree[] {
  const subtrees: Subtree[] = [];
  for (let at = from; at < to;) {
    let level = 0;
    let leaves = 1;
    while (at % (leaves * 2) === 0 && at + leaves * 2 <= to) {
      leaves *= 2;
      level++;
    }
    subtrees.push({ level, index: at / leaves });
    at += leaves;
  }
  return subtrees;
}

/** The largest power of two that is smaller than n; n > 1. */
function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
