import { GrowingTree, type Tile, TILE_WIDTH } from '@orderlog/merkle-tree';

const hashBytes = 32;

/**
 * What of a tree above its leaves is not what the leaves come to. Roots are computed from leaves; proofs, which a stranger
 * is given, from these.
 * @param tiles all that is kept, in any order; leaves are taken for right, up to the first that is missing
 * @returns by position: the positions that a wrong hash is over, and what is wrong with it
 */
export function wrongUpperTiles(tiles: readonly Tile[]): { from: number; to: number; what: string }[] {
  const tree = new GrowingTree();
  const leaves = tiles.filter(({ level }) => level === 0).toSorted((one, other) => one.index - other.index);
  for (const { index, hashes } of leaves) {
    if (index * TILE_WIDTH !== tree.size) break;
    for (let at = 0; at + hashBytes <= hashes.length; at += hashBytes) tree.append(hashes.subarray(at, at + hashBytes));
  }
  const end = Math.ceil(tree.size / TILE_WIDTH);
  const stray = (tile: Tile) => tile.level < 0 || tile.index < 0 || (tile.level === 0 && tile.index >= end);
  const strays = tiles.filter(stray).map(({ index }) => {
    const from = Math.max(0, index * TILE_WIDTH) + 1;
    return { from, to: from + TILE_WIDTH - 1, what: 'has hashes where no leaves stand before them' };
  });
  const place = ({ level, index }: { level: number; index: number }) => `${level}/${index}`;
  const upper = (tile: Tile) => tile.level !== 0 && !stray(tile);
  const right = new Map(
    tree
      .takeChanged()
      .filter(upper)
      .map((tile) => [place(tile), tile]),
  );
  const kept = new Map(tiles.filter(upper).map((tile) => [place(tile), tile]));
  return [...new Set([...right.keys(), ...kept.keys()])]
    .flatMap((key) => {
      const [wanted, there] = [right.get(key)?.hashes ?? none, kept.get(key)?.hashes ?? none];
      if (wanted.equals(there)) return [];
      const { level, index } = (right.get(key) ?? kept.get(key))!;
      const hashes = Math.max(wanted.length, there.length) / hashBytes;
      const at = Array.from({ length: Math.ceil(hashes) }, (_, hash) => hash).findIndex(
        (hash) => !hashIn(wanted, hash).equals(hashIn(there, hash)),
      );
      const what = hashIn(there, at).length === 0 ? 'lacks the hash' : 'has another hash than its leaves come to';
      const width = TILE_WIDTH ** level;
      const from = (index * TILE_WIDTH + at) * width + 1;
      return [{ from, to: from + width - 1, what }];
    })
    .concat(strays)
    .toSorted((one, other) => one.from - other.from || one.to - other.to);
}

const none = Buffer.alloc(0);
const hashIn = (hashes: Buffer, at: number): Buffer => hashes.subarray(at * hashBytes, (at + 1) * hashBytes);
