import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  consistencyHolds,
  consistencyPath,
  edgeOf,
  emptyRoot,
  Frontier,
  GrowingTree,
  inclusionHolds,
  inclusionPath,
  leafHash,
  MissingTile,
  nodeHash,
  Tiles,
  tilesOf,
  type Tile,
} from './index.js';

const leaf = (n: number): Buffer => leafHash(Buffer.from(String(n)));

/** RFC 9162's MTH as it is written there: split at the largest power of two below. */
function rootAsWritten(from: number, to: number): Buffer {
  if (to === from) return emptyRoot;
  if (to - from === 1) return leaf(from);
  let split = 1;
  while (split * 2 < to - from) split *= 2;
  return nodeHash(rootAsWritten(from, from + split), rootAsWritten(from + split, to));
}

/** A tree of the leaves 0 … size − 1, kept in tiles; large enough that it has three levels of them. */
const largest = 66_000;
const roots = new Map<number, Buffer>();
const kept = new Map<string, Tile>();
const tree = new GrowingTree();
for (let n = 0; n < largest; n++) {
  tree.append(leaf(n));
  if (n % 1_000 === 0) for (const tile of tree.takeChanged()) kept.set(`${tile.level}/${tile.index}`, tile);
}
for (const tile of tree.takeChanged()) kept.set(`${tile.level}/${tile.index}`, tile);
const tiles = new Tiles(kept.values());
const rootOf = (size: number): Buffer => {
  if (!roots.has(size)) roots.set(size, tiles.root(size));
  return roots.get(size)!;
};

/** Sizes near the edges of tiles as often as any other. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 600 }),
  fc.integer({ min: 1, max: largest }),
  fc.constantFrom(1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, largest),
);
const leafAndSize = sizes.chain((size) => fc.tuple(fc.nat({ max: size - 1 }), fc.constant(size)));
const earlierAndLater = fc
  .tuple(sizes, sizes)
  .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);

/** The same with one bit of it turned. */
const damaged = (bytes: Uint8Array, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7);
  return copy;
};

describe('a tree', () => {
  it('has the root that the RFC defines, from tiles, from the frontier, at any size', () => {
    const frontier = new Frontier();
    for (let size = 0; size <= 700; size++) {
      const root = rootAsWritten(0, size);
      expect(frontier.root()).toEqual(root);
      expect(tiles.root(size)).toEqual(root);
      frontier.append(leaf(size));
    }
    expect(tree.root()).toEqual(rootAsWritten(0, largest));
    expect(tiles.root(largest)).toEqual(tree.root());
  });

  it('grows on from its edge as if it had never been put away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 700 }), (before, more) => {
        const first = new GrowingTree();
        for (let n = 0; n < before; n++) first.append(leaf(n));
        const all = new Map(first.takeChanged().map((tile) => [`${tile.level}/${tile.index}`, tile]));
        const edge = edgeOf(before).map(({ level, index }) => all.get(`${level}/${index}`)!);
        const again = new GrowingTree(before, new Tiles(edge));
        expect(again.root()).toEqual(rootOf(before));
        for (let n = before; n < before + more; n++) again.append(leaf(n));
        for (const tile of again.takeChanged()) all.set(`${tile.level}/${tile.index}`, tile);
        expect(again.root()).toEqual(rootOf(before + more));
        expect(new Tiles(all.values()).root(before + more)).toEqual(again.root());
        expect(again.takeChanged()).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses to grow from an edge that is not there or ends early', () => {
    expect(() => new GrowingTree(300, new Tiles())).toThrow(MissingTile);
    const [level0, ...others] = edgeOf(300).map(({ level, index }) => kept.get(`${level}/${index}`)!);
    const short = { ...level0!, hashes: level0!.hashes.subarray(0, 43 * 32) };
    expect(() => new GrowingTree(300, new Tiles([short, ...others]))).toThrow(MissingTile);
  });

  it('names the tiles that a proof needs, and never many', () => {
    fc.assert(
      fc.property(leafAndSize, ([at, size]) => {
        const places = tilesOf(inclusionPath(at, size));
        expect(places.length).toBeLessThanOrEqual(6);
        const few = new Tiles(places.map(({ level, index }) => kept.get(`${level}/${index}`)!));
        expect(few.inclusionProof(at, size)).toEqual(tiles.inclusionProof(at, size));
      }),
    );
  });
});

describe('an inclusion proof', () => {
  it('holds for every leaf of every tree', () => {
    fc.assert(
      fc.property(leafAndSize, ([at, size]) => {
        const proof = tiles.inclusionProof(at, size);
        expect(inclusionHolds({ leaf: at, leafHash: leaf(at), size, root: rootOf(size), proof })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('fails once one bit of the leaf, the root or the proof is another, or the proof is longer or shorter', () => {
    fc.assert(
      fc.property(leafAndSize, fc.nat({ max: 255 }), fc.nat(), ([at, size], bit, which) => {
        const proof = tiles.inclusionProof(at, size);
        const claim = { leaf: at, leafHash: leaf(at), size, root: rootOf(size), proof };
        expect(inclusionHolds({ ...claim, leafHash: damaged(claim.leafHash, bit) })).toBe(false);
        expect(inclusionHolds({ ...claim, root: damaged(claim.root, bit) })).toBe(false);
        expect(inclusionHolds({ ...claim, proof: [...proof, claim.root] })).toBe(false);
        if (proof.length === 0) return;
        const place = which % proof.length;
        expect(inclusionHolds({ ...claim, proof: proof.with(place, damaged(proof[place]!, bit)) })).toBe(false);
        expect(inclusionHolds({ ...claim, proof: proof.toSpliced(place, 1) })).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('does not hold for another leaf, nor for a node that is passed off as one', () => {
    fc.assert(
      fc.property(leafAndSize, fc.nat(), ([at, size], other) => {
        const claim = { leaf: at, leafHash: leaf(at), size, root: rootOf(size), proof: tiles.inclusionProof(at, size) };
        const elsewhere = other % size;
        if (elsewhere !== at) expect(inclusionHolds({ ...claim, leaf: elsewhere })).toBe(false);
        expect(inclusionHolds({ ...claim, leafHash: claim.root, proof: [] })).toBe(size === 1);
        for (const wrong of [-1, 0.5, size, Number.NaN]) expect(inclusionHolds({ ...claim, leaf: wrong })).toBe(false);
      }),
    );
    expect(() => inclusionPath(3, 3)).toThrow(RangeError);
  });
});

describe('a consistency proof', () => {
  it('holds between any two sizes of one tree', () => {
    fc.assert(
      fc.property(earlierAndLater, ([earlier, later]) => {
        const proof = tiles.consistencyProof(earlier, later);
        const claim = {
          earlier: { size: earlier, root: rootOf(earlier) },
          later: { size: later, root: rootOf(later) },
        };
        expect(consistencyHolds({ ...claim, proof })).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('fails once one bit of a root or of the proof is another, or the proof is longer or shorter', () => {
    fc.assert(
      fc.property(earlierAndLater, fc.nat({ max: 255 }), fc.nat(), ([earlier, later], bit, which) => {
        const proof = tiles.consistencyProof(earlier, later);
        const claim = {
          earlier: { size: earlier, root: rootOf(earlier) },
          later: { size: later, root: rootOf(later) },
          proof,
        };
        const { root } = claim.earlier;
        expect(consistencyHolds({ ...claim, earlier: { size: earlier, root: damaged(root, bit) } })).toBe(false);
        const other = { size: later, root: damaged(claim.later.root, bit) };
        expect(consistencyHolds({ ...claim, later: other })).toBe(false);
        expect(consistencyHolds({ ...claim, proof: [...proof, root] })).toBe(false);
        if (proof.length === 0) return;
        const place = which % proof.length;
        expect(consistencyHolds({ ...claim, proof: proof.with(place, damaged(proof[place]!, bit)) })).toBe(false);
        expect(consistencyHolds({ ...claim, proof: proof.toSpliced(place, 1) })).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('does not hold where a leaf of the earlier tree was another', () => {
    const forged = new Frontier();
    for (let n = 0; n < 300; n++) forged.append(n === 41 ? leaf(-1) : leaf(n));
    const proof = tiles.consistencyProof(300, 900);
    const later = { size: 900, root: rootOf(900) };
    expect(consistencyHolds({ earlier: { size: 300, root: rootOf(300) }, later, proof })).toBe(true);
    expect(consistencyHolds({ earlier: { size: 300, root: forged.root() }, later, proof })).toBe(false);
    expect(() => consistencyPath(0, 3)).toThrow(RangeError);
    expect(() => consistencyPath(4, 3)).toThrow(RangeError);
  });
});
