/**
 * # merkle-tree: one hash that stands for all facts, and short proofs against it
 * RFC 9162's tree (that of Certificate Transparency), of SHA-256, over leaves that are only ever added. Pure: no I/O.
 *
 *     const tree = new GrowingTree(size, new Tiles(await readTiles(edgeOf(size))));
 *     for (const fact of newFacts) tree.append(leafHash(fact.hash));
 *     keep(tree.takeChanged());                                       // 32 bytes a leaf, and 1/255 of that more
 *     sign(tree.size, tree.root());
 *
 *     const tiles = new Tiles(await readTiles(tilesOf(inclusionPath(leaf, size))));
 *     const proof = tiles.inclusionProof(leaf, size);                 // at most 53 hashes, at most 2 tiles a level
 *     inclusionHolds({ leaf, leafHash, size, root, proof });          // by whoever doubts it, with nothing else at hand
 *
 * Who only wants roots keeps a `Frontier`: one hash for each one in the size's binary digits.
 *
 * The tree is kept in tiles of 256 hashes (the way of Go's checksum database): what lies between is cheaper to compute
 * again than to keep, and a tile that is full never changes. Leaves and proofs count from 0, as the RFC does; positions of
 * facts count from 1.
 *
 * Where to read: ranges.ts (which parts a proof is made of), tiles.ts (where their hashes come from), verifying.ts.
 */
export { Frontier } from './frontier.js';
export { emptyRoot, HASH_BYTES, leafHash, nodeHash } from './hashing.js';
export { consistencyPath, inclusionPath, type Range } from './ranges.js';
export { edgeOf, GrowingTree, MissingTile, TILE_WIDTH, Tiles, tilesOf, type Tile, type TilePlace } from './tiles.js';
export { consistencyHolds, inclusionHolds } from './verifying.js';
