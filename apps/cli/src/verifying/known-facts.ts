/** Somebody holds another fact than the store, or the store is not what it was. */
export interface Difference {
  where: 'store' | 'topic' | 'audit';
  /** Null where it concerns no single order. */
  order: string | null;
  version: number | null;
  position: number | null;
  what: string;
}

/** The store's facts as the others are compared with: by position, 32 bytes of hash and where the topic has it. */
export class KnownFacts {
  private readonly slots = new Map<number, number>();
  private hashes = Buffer.alloc(32 * 1024);
  private offsets = new Float64Array(1024).fill(-1);
  private partitions = new Int32Array(1024);

  get size(): number {
    return this.slots.size;
  }

  add(position: number, hash: Buffer): void {
    const slot = this.slots.size;
    if (slot === this.offsets.length) {
      const hashes = Buffer.alloc(this.hashes.length * 2);
      const offsets = new Float64Array(slot * 2).fill(-1);
      const partitions = new Int32Array(slot * 2);
      this.hashes.copy(hashes);
      offsets.set(this.offsets);
      partitions.set(this.partitions);
      Object.assign(this, { hashes, offsets, partitions });
    }
    this.slots.set(position, slot);
    hash.copy(this.hashes, slot * 32);
  }

  has(position: number): boolean {
    return this.slots.has(position);
  }

  /** Whether this is the fact that stands at the position. */
  is(position: number, hash: Buffer): boolean {
    const slot = this.slots.get(position);
    return slot !== undefined && this.hashes.subarray(slot * 32, slot * 32 + 32).equals(hash);
  }

  /** The topic has it here. */
  seen(position: number, partition: number, offset: number): void {
    const slot = this.slots.get(position);
    if (slot === undefined) return;
    this.offsets[slot] = offset;
    this.partitions[slot] = partition;
  }

  /** Where the topic has it; undefined: it was not seen there. */
  placeOf(position: number): { partition: number; offset: number } | undefined {
    const slot = this.slots.get(position);
    if (slot === undefined || this.offsets[slot]! < 0) return undefined;
    return { partition: this.partitions[slot]!, offset: this.offsets[slot]! };
  }

  positions(): IterableIterator<number> {
    return this.slots.keys();
  }
}
