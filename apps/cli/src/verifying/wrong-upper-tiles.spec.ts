import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GrowingTree, leafHash, type Tile } from '@orderlog/merkle-tree';
import { wrongUpperTiles } from './wrong-upper-tiles.js';

/** Three levels of tiles: more than 65,536 leaves. */
const tiles: Tile[] = treeOf(66_000);
function treeOf(size: number): Tile[] {
  const tree = new GrowingTree();
  for (let leaf = 0; leaf < size; leaf++) tree.append(leafHash(Buffer.from(String(leaf))));
  return tree.takeChanged();
}
const upper = tiles.filter(({ level }) => level > 0);

describe('what stands above the leaves of a kept tree', () => {
  it('is what they come to, whatever its size', () => {
    expect(upper.map(({ level, index }) => `${level}/${index}`).sort()).toEqual(['1/0', '1/1', '2/0']);
    expect(wrongUpperTiles(tiles)).toEqual([]);
    for (const size of [1, 255, 256, 257, 600]) expect(wrongUpperTiles(treeOf(size))).toEqual([]);
  });

  it('is named by the positions that it is over, whichever byte of it was changed', () => {
    const places = fc.constantFrom(...upper).chain((tile) =>
      fc.record({
        tile: fc.constant(tile),
        at: fc.nat({ max: tile.hashes.length - 1 }),
        by: fc.integer({ min: 1, max: 255 }),
      }),
    );
    fc.assert(
      fc.property(places, ({ tile, at, by }) => {
        const hashes = Buffer.from(tile.hashes);
        hashes[at] = hashes[at]! ^ by;
        const width = 256 ** tile.level;
        const from = (tile.index * 256 + Math.floor(at / 32)) * width + 1;
        const changed = tiles.map((one) => (one === tile ? { ...tile, hashes } : one));
        const what = 'has another hash than its leaves come to';
        expect(wrongUpperTiles(changed)).toEqual([{ from, to: from + width - 1, what }]);
      }),
      { numRuns: 15 },
    );
  });

  it('is named where it is missing, ends early, or stands where there is none', () => {
    const [first] = tiles.filter(({ level, index }) => level === 1 && index === 0) as [Tile];
    const without = tiles.filter((tile) => tile !== first);
    expect(wrongUpperTiles(without)).toEqual([{ from: 1, to: 256, what: 'lacks the hash' }]);
    const short = { ...first, hashes: first.hashes.subarray(0, 64) };
    expect(wrongUpperTiles([...without, short])).toEqual([{ from: 513, to: 768, what: 'lacks the hash' }]);
    for (const [level, index, from] of [
      [0, 9_000, 2_304_001],
      [-1, -1, 1],
      [1, -1, 1],
    ] as const) {
      const what = 'has hashes where no leaves stand before them';
      const far = { level, index, hashes: Buffer.alloc(32) };
      expect(wrongUpperTiles([...tiles, far])).toEqual([{ from, to: from + 255, what }]);
    }
    const planted = { level: 3, index: 0, hashes: Buffer.alloc(32) };
    expect(wrongUpperTiles([...tiles, planted])).toEqual([
      { from: 1, to: 256 ** 3, what: 'has another hash than its leaves come to' },
    ]);
  });
});
