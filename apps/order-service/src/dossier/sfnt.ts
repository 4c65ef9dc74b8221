import { inflateSync } from 'node:zlib';

/**
 * A font in WOFF 1.0 (W3C, 2012) as the OpenType file that was packed in it. A reader of WOFF that unpacks a table for
 * each glyph it takes would unpack all outlines each time.
 */
export function sfntOf(woff: Buffer): Buffer {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new TypeError('this is no font in WOFF 1.0');
  const count = woff.readUInt16BE(12);
  const head = Buffer.alloc(12 + count * 16);
  woff.copy(head, 0, 4, 8);
  head.writeUInt16BE(count, 4);
  const parts: Buffer[] = [head];
  let offset = head.length;
  for (let table = 0; table < count; table++) {
    const entry = 44 + table * 20;
    const [start, packedLength, length] = [4, 8, 12].map((at) => woff.readUInt32BE(entry + at)) as [
      number,
      number,
      number,
    ];
    const packed = woff.subarray(start, start + packedLength);
    const data = packedLength < length ? inflateSync(packed, { maxOutputLength: length }) : packed;
    const at = 12 + table * 16;
    woff.copy(head, at, entry, entry + 4);
    woff.copy(head, at + 4, entry + 16, entry + 20);
    head.writeUInt32BE(offset, at + 8);
    head.writeUInt32BE(length, at + 12);
    const padding = Buffer.alloc(-length & 3);
    parts.push(data, padding);
    offset += length + padding.length;
  }
  return Buffer.concat(parts);
}
