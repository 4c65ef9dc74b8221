import type { StreamHead } from './batch.js';

/**
 * What this process believes of the streams' heads: from what it appended and read. Only to encode on: append_batch looks
 * itself. The least recently used go first.
 */
export class StreamHeads {
  private readonly heads = new Map<string, StreamHead>();

  constructor(private readonly capacity: number) {}

  get(stream: string): StreamHead | undefined {
    const head = this.heads.get(stream);
    if (head) {
      this.heads.delete(stream);
      this.heads.set(stream, head);
    }
    return head;
  }

  has(stream: string): boolean {
    return this.heads.has(stream);
  }

  set(stream: string, head: StreamHead): void {
    this.heads.delete(stream);
    this.heads.set(stream, head);
    if (this.heads.size > this.capacity) this.heads.delete(this.heads.keys().next().value!);
  }

  /** From a read, which may be older than what was appended since. */
  learn(stream: string, head: StreamHead): void {
    if (head.version > (this.heads.get(stream)?.version ?? -1)) this.set(stream, head);
  }

  forget(stream: string): void {
    this.heads.delete(stream);
  }

  clear(): void {
    this.heads.clear();
  }
}
