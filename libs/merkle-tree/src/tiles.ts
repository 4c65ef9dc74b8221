import { Frontier, joined } from './frontier.js';
import { HASH_BYTES, nodeHash } from './hashing.js';
import { consistencyPath, inclusionPath, subtreesOf, type Range, type Subtree } from './ranges.js';

/** A tile is this many levels high, and 2^8 hashes wide. */
const TILE_LEVELS = 8;
export const TILE_WIDTH = 2 ** TILE_LEVELS;

/** Which tile: at level 0 those of leaf hashes, at level n of the hashes of complete tiles of level n − 1; index from 0. */
export interface TilePlace {
  level: number;
  index: number;
}

/** Up to 256 hashes that stand side by side, one after the other in `hashes`. */
export interface Tile extends TilePlace {
  hashes: Buffer;
}

/** Tiles that are at hand. */
export class Tiles {
  private readonly tiles = new Map<string, Buffer>();

  constructor(tiles: Iterable<Tile> = []) {
    for (const tile of tiles) this.put(tile);
  }

  put({ level, index, hashes }: Tile): void {
    this.tiles.set(`${level}/${index}`, hashes);
  }

  /** @throws MissingTile where it is not at hand, or too short */
  hashOf(subtree: Subtree): Buffer {
    const { level, index, from, to } = placeIn(subtree);
    const tile = this.tiles.get(`${level}/${index}`);
    if (!tile || tile.length < to * HASH_BYTES)
      throw new MissingTile(`tile ${level}/${index} is not there, or ends early`);
    return rootOfComplete(
      Array.from({ length: to - from }, (_, at) =>
        tile.subarray((from + at) * HASH_BYTES, (from + at + 1) * HASH_BYTES),
      ),
    );
  }

  /** The hash over a part of the tree. */
  hashOfRange(range: Range): Buffer {
    return joined(subtreesOf(range).map((subtree) => this.hashOf(subtree)));
  }

  root(size: number): Buffer {
    return this.hashOfRange({ from: 0, to: size });
  }

  inclusionProof(leaf: number, size: number): Buffer[] {
    return inclusionPath(leaf, size).map((range) => this.hashOfRange(range));
  }

  consistencyProof(earlier: number, size: number): Buffer[] {
    return consistencyPath(earlier, size).map((range) => this.hashOfRange(range));
  }
}

/** What a tree was to be computed from is not all there. */
export class MissingTile extends Error {
  override readonly name = 'MissingTile';
}

/** The tiles that the hashes over these parts of a tree are computed from. */
export function tilesOf(ranges: readonly Range[]): TilePlace[] {
  const places = new Map<string, TilePlace>();
  for (const subtree of ranges.flatMap(subtreesOf)) {
    const { level, index } = placeIn(subtree);
    places.set(`${level}/${index}`, { level, index });
  }
  return [...places.values()];
}

/** The tiles that a tree grows at; none of the others ever changes again. */
export function edgeOf(size: number): TilePlace[] {
  const places: TilePlace[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    if (hashes % TILE_WIDTH !== 0) places.push({ level, index: Math.floor(hashes / TILE_WIDTH) });
  }
  return places;
}

/** A tree that grows, and says which tiles it has changed: whoever keeps those keeps the tree. */
export class GrowingTree {
  private readonly frontier: Frontier;
  /** By level: the hashes of the tile that is not full yet. */
  private readonly open: Buffer[][] = [];
  private readonly full: Tile[] = [];
  private readonly touched = new Set<number>();

  /**
   * @param edge the tiles that `edgeOf(size)` names
   * @throws MissingTile where one of them is not there
   */
  constructor(size = 0, edge: Tiles = new Tiles()) {
    for (const { level, index } of edgeOf(size)) {
      const hashes = Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;
      this.open[level] = Array.from({ length: hashes }, (_, at) =>
        edge.hashOf({ level: level * TILE_LEVELS, index: index * TILE_WIDTH + at }),
      );
    }
    this.frontier = new Frontier(
      size,
      subtreesOf({ from: 0, to: size }).map((subtree) => edge.hashOf(subtree)),
    );
  }

  get size(): number {
    return this.frontier.size;
  }

  root(): Buffer {
    return this.frontier.root();
  }

  /** @param leaf its leaf hash, not its data */
  append(leaf: Buffer): void {
    this.frontier.append(leaf);
    this.put(0, leaf);
  }

  /** The tiles that are new or longer since this was last asked. */
  takeChanged(): Tile[] {
    const open = [...this.touched]
      .filter((level) => this.open[level]!.length > 0)
      .map((level) => ({
        level,
        index: Math.floor(this.size / TILE_WIDTH ** (level + 1)),
        hashes: Buffer.concat(this.open[level]!),
      }));
    this.touched.clear();
    return [...this.full.splice(0), ...open];
  }

  private put(level: number, hash: Buffer): void {
    const tile = (this.open[level] ??= []);
    tile.push(hash);
    this.touched.add(level);
    if (tile.length < TILE_WIDTH) return;
    const index = Math.floor(this.size / TILE_WIDTH ** (level + 1)) - 1;
    this.full.push({ level, index, hashes: Buffer.concat(tile) });
    this.open[level] = [];
    this.put(level + 1, rootOfComplete(tile));
  }
}

/** @param hashes as many as a power of two */
function rootOfComplete(hashes: readonly Buffer[]): Buffer {
  let above = hashes;
  while (above.length > 1) {
    const below = above;
    above = Array.from({ length: below.length / 2 }, (_, at) => nodeHash(below[2 * at]!, below[2 * at + 1]!));
  }
  return above[0]!;
}

/** Where a complete subtree stands: in which tile, over which of its hashes. */
function placeIn({ level, index }: Subtree): TilePlace & { from: number; to: number } {
  const width = 2 ** (level % TILE_LEVELS);
  const first = index * width;
  const from = first % TILE_WIDTH;
  return {
    level: Math.floor(level / TILE_LEVELS),
    index: Math.floor(first / TILE_WIDTH),
    ...{ from, to: from + width },
  };
}
