import { emptyStream, type StreamHead } from './batch.js';

/**
 * What this process believes of the streams' heads: from what it appended and read. Only to encode on: begin_batch looks
 * itself. Kept in two generations, so that remembering costs no order of use: what was not used while a generation filled is
 * forgotten with the next one. Hashes as texts of 32 units: fifty thousand Buffers are work for the garbage collector.
 */
export class StreamHeads {
  private young = new Map<string, { version: number; hash: string }>();
  private old = new Map<string, { version: number; hash: string }>();

  /** @param generation how many streams one generation holds. */
  constructor(private readonly generation: number) {}

  get(stream: string): StreamHead | undefined {
    const head = this.young.get(stream) ?? this.old.get(stream);
    if (!head) return undefined;
    return head.version === 0 ? emptyStream : { version: head.version, hash: Buffer.from(head.hash, 'latin1') };
  }

  has(stream: string): boolean {
    return this.young.has(stream) || this.old.has(stream);
  }

  set(stream: string, { version, hash }: StreamHead): void {
    if (this.young.size >= this.generation) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(stream, { version, hash: hash.toString('latin1') });
  }

  /** From a read, which may be older than what was appended since. */
  learn(stream: string, head: StreamHead): void {
    const known = this.young.get(stream) ?? this.old.get(stream);
    if (head.version > (known?.version ?? -1)) this.set(stream, head);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}
