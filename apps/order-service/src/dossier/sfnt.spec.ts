import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { deflateSync } from 'node:zlib';
import { sfntOf } from './sfnt.js';

const require = createRequire(import.meta.url);

/** Packs a font as WOFF 1.0 says: a table that does not become smaller stays as it is. */
function packed(sfnt: Buffer): Buffer {
  const count = sfnt.readUInt16BE(4);
  const head = Buffer.alloc(44 + count * 20);
  head.write('wOFF', 'latin1');
  sfnt.copy(head, 4, 0, 4);
  head.writeUInt16BE(count, 12);
  const parts = [head];
  let offset = head.length;
  for (let table = 0; table < count; table++) {
    const at = 12 + table * 16;
    const [start, length] = [sfnt.readUInt32BE(at + 8), sfnt.readUInt32BE(at + 12)];
    const plain = sfnt.subarray(start, start + length);
    const small = deflateSync(plain);
    const data = small.length < length ? small : plain;
    const entry = 44 + table * 20;
    sfnt.copy(head, entry, at, at + 4);
    for (const [index, number] of [offset, data.length, length].entries()) {
      head.writeUInt32BE(number, entry + 4 + index * 4);
    }
    sfnt.copy(head, entry + 16, at + 4, at + 8);
    const padding = Buffer.alloc(-data.length & 3);
    parts.push(Buffer.from(data), padding);
    offset += data.length + padding.length;
  }
  return Buffer.concat(parts);
}

const tablesOf = (sfnt: Buffer): Map<string, string> =>
  new Map(
    Array.from({ length: sfnt.readUInt16BE(4) }, (_, table) => {
      const at = 12 + table * 16;
      const start = sfnt.readUInt32BE(at + 8);
      expect(start % 4).toBe(0);
      const data = sfnt.subarray(start, start + sfnt.readUInt32BE(at + 12));
      return [sfnt.toString('latin1', at, at + 8), data.toString('base64')];
    }),
  );

describe('a font in WOFF', () => {
  it('unpacks into the tables that were packed', () => {
    const font = readFileSync(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf'));
    const again = sfntOf(packed(font));
    expect(again.readUInt32BE(0)).toBe(font.readUInt32BE(0));
    expect(tablesOf(again)).toEqual(tablesOf(font));
  });

  it('is refused where it is none', () => {
    expect(() => sfntOf(Buffer.from('wOF2 is another one'))).toThrow('no font in WOFF 1.0');
  });
});
