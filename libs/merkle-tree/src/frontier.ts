import { emptyRoot, nodeHash } from './hashing.js';

/**
 * The least that a tree needs to grow and to say its root: the hashes of its largest complete subtrees, from the left. A
 * tree of N leaves has as many as N has ones in binary, at most 53.
 */
export class Frontier {
  private leaves = 0;
  private readonly subtrees: Buffer[];

  /** @param subtrees of a tree of so many leaves, the largest first */
  constructor(size = 0, subtrees: readonly Buffer[] = []) {
    this.leaves = size;
    this.subtrees = [...subtrees];
  }

  /** How many leaves there are. */
  get size(): number {
    return this.leaves;
  }

  /** @param leaf its leaf hash, not its data */
  append(leaf: Buffer): void {
    let node = leaf;
    for (let size = this.leaves; size % 2 === 1; size = Math.floor(size / 2))
      node = nodeHash(this.subtrees.pop()!, node);
    this.subtrees.push(node);
    this.leaves++;
  }

  root(): Buffer {
    return joined(this.subtrees);
  }
}

/** The hash over subtrees that stand side by side, the largest first: the small ones are joined first, as RFC 9162 splits. */
export function joined(subtrees: readonly Buffer[]): Buffer {
  if (subtrees.length === 0) return emptyRoot;
  return subtrees.reduceRight((right, left) => nodeHash(left, right));
}
