import avsc from 'avsc';

/**
 * avsc believes the length that an array or a map claims: thirty bytes that claim 2^50 items keep a core busy until the
 * memory is gone, and the consumer with them, at every restart. Here a block may not claim more items than there are
 * bytes left. (Items of no bytes at all, such as nulls, are none that an event has.)
 */
interface Tap {
  buf: Buffer;
  pos: number;
  readLong(): number;
  readString(): string;
  skipString(): void;
  skipLong(): void;
}
interface Part {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** @returns how many items the next block has; 0 ends the array or map */
function blockSize(tap: Tap): number {
  let size = tap.readLong();
  if (size < 0) {
    size = -size;
    tap.skipLong();
  }
  if (size > tap.buf.length - tap.pos) throw new Error(`a list of ${size} in ${tap.buf.length - tap.pos} bytes`);
  return size;
}

const { ArrayType, MapType } = avsc.types as unknown as Record<'ArrayType' | 'MapType', { prototype: object }>;

Object.assign(ArrayType.prototype, {
  _read(this: { itemsType: Part }, tap: Tap): unknown[] {
    const items: unknown[] = [];
    for (let size = blockSize(tap); size > 0; size = blockSize(tap)) {
      for (let index = 0; index < size; index++) items.push(this.itemsType._read(tap));
    }
    return items;
  },
  _skip(this: { itemsType: Part }, tap: Tap): void {
    for (let size = blockSize(tap); size > 0; size = blockSize(tap)) {
      for (let index = 0; index < size; index++) this.itemsType._skip(tap);
    }
  },
});

Object.assign(MapType.prototype, {
  _read(this: { valuesType: Part }, tap: Tap): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (let size = blockSize(tap); size > 0; size = blockSize(tap)) {
      for (let index = 0; index < size; index++) {
        const key = tap.readString();
        values[key] = this.valuesType._read(tap);
      }
    }
    return values;
  },
  _skip(this: { valuesType: Part }, tap: Tap): void {
    for (let size = blockSize(tap); size > 0; size = blockSize(tap)) {
      for (let index = 0; index < size; index++) {
        tap.skipString();
        this.valuesType._skip(tap);
      }
    }
  },
});

export { avsc };
