/**
 * Random numbers from a seed: the same text gives the same numbers on every machine. Not for secrets.
 * (FNV-1a over the text, then Mulberry32 by Tommy Ettinger.)
 */
export class Random {
  private state = 0x811c9dc5;

  constructor(seed: string) {
    for (const character of seed) this.state = Math.imul(this.state ^ character.codePointAt(0)!, 0x01000193);
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both possible. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  one<T>(of: readonly T[]): T {
    return of[Math.floor(this.next() * of.length)]!;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
