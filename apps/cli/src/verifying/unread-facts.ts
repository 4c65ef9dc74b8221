import type { StoredEvent, StoredShape } from '@orderlog/event-store';
import { unreadable, unreadableShapes } from '@orderlog/order-contract';

/**
 * Facts of a newer release than this tool. Their hashes are checked like any other's, for that needs no meaning; what they
 * mean to revenue, and to an order's state, this release cannot say.
 */
export class UnreadFacts {
  private readonly facts = new Set<string>();
  private readonly shapes = new Map<string, StoredShape>();

  get count(): number {
    return this.facts.size;
  }

  /** A line for each type and version of them. */
  get says(): string[] {
    return unreadableShapes([...this.shapes.values()]).map(({ says }) => says);
  }

  note({ stream, version, type, schemaVersion, position }: StoredEvent): void {
    if (!unreadable(type, schemaVersion)) return;
    this.facts.add(`${stream}:${version}`);
    const shape = `${type} ${schemaVersion}`;
    if (!this.shapes.has(shape)) this.shapes.set(shape, { type, schemaVersion, firstPosition: position });
  }

  has({ order, version }: { order: string; version: number }): boolean {
    return this.facts.has(`${order}:${version}`);
  }
}
