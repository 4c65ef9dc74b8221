/** Where facts are held that are to be the same everywhere. */
export type Where =
  | 'store'
  | 'snapshots'
  | 'checkpoints'
  | 'outbox'
  | 'topic'
  | 'states'
  | 'attempts'
  | 'commands'
  | 'customers'
  | 'audit'
  | 'revenue';

/** Somebody holds another fact than the store, or the store is not what it was. */
export interface Difference {
  where: Where;
  /** Null where it concerns no single order. */
  order: string | null;
  version: number | null;
  position: number | null;
  what: string;
}

/** What is said of a store that ends before what others have of it. */
export const cutOff = 'its end was cut off, or it was put back';

/** How many of a kind are written out. */
export const mostShown = 20;

/** How many are kept; after so many the first is what matters. */
const mostKept = 1_000;

/** What was found, in the order of positions. A fact put in between makes a difference of each one behind it. */
export class Differences {
  private kept: Difference[] = [];
  private found = 0;
  private readonly inStore = new Set<string>();

  get count(): number {
    return this.found;
  }

  add(difference: Difference): void {
    this.found++;
    this.kept.push(difference);
    if (difference.where === 'store' && difference.order !== null) this.inStore.add(difference.order);
    if (this.kept.length >= 2 * mostKept) this.kept = this.inOrder();
  }

  /** Whether the store's own facts of an order were found wrong: what they fold to says nothing of others then. */
  areOfStore(order: string): boolean {
    return this.inStore.has(order);
  }

  /** The first thousand, by position; at one position the store's own come first. */
  inOrder(): Difference[] {
    const place = ({ position }: Difference): number => position ?? Number.MAX_SAFE_INTEGER;
    return this.kept
      .toSorted((one, other) => place(one) - place(other) || rank[one.where] - rank[other.where])
      .slice(0, mostKept);
  }
}

const rank: Record<Where, number> = {
  store: 0,
  snapshots: 1,
  checkpoints: 2,
  outbox: 3,
  topic: 4,
  states: 5,
  attempts: 6,
  commands: 7,
  customers: 8,
  audit: 9,
  revenue: 10,
};

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

  /** The hash of the fact at a position; undefined: the store has none there. */
  hashAt(position: number): Buffer | undefined {
    const slot = this.slots.get(position);
    return slot === undefined ? undefined : this.hashes.subarray(slot * 32, slot * 32 + 32);
  }

  /** Whether this is the fact that stands at the position. */
  is(position: number, hash: Buffer): boolean {
    return this.hashAt(position)?.equals(hash) ?? false;
  }

  /** The topic has it, or another in its place, here. */
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

/** Whether a reader of the topic, which has come so far in each partition, must have come by the fact at a position. */
export function hasPassed(reached: Map<number, number>, known: KnownFacts, position: number): boolean {
  const place = known.placeOf(position);
  return place !== undefined && place.offset < (reached.get(place.partition) ?? 0);
}
