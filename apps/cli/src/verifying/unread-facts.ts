import type { StoredEvent, StoredShape } from '@orderlog/event-store';
import { unreadable, unreadableShapes } from '@orderlog/order-contract';

/**
 * Facts that this tool cannot read: of a newer release, or not what a fact can be. Their hashes are checked like any
 * other's, for that needs no meaning; what they mean to revenue, and to an order's state, nobody here can say.
 */
export class UnreadFacts {
  private readonly facts = new Set<string>();
  private readonly shapes = new Map<string, StoredShape>();
  private newer = 0;

  /** How many are of a newer release. */
  get count(): number {
    return this.newer;
  }

  /** A line for each type and version of them. */
  get says(): string[] {
    return unreadableShapes([...this.shapes.values()]).map(({ says }) => says);
  }

  /** @returns whether it is of a newer release, and so was noted */
  note({ stream, version, type, schemaVersion, position }: StoredEvent): boolean {
    if (!unreadable(type, schemaVersion)) return false;
    this.add({ order: stream, version });
    this.newer++;
    const shape = `${type} ${schemaVersion}`;
    if (!this.shapes.has(shape)) this.shapes.set(shape, { type, schemaVersion, firstPosition: position });
    return true;
  }

  /** One that is not what a fact can be. */
  add({ order, version }: { order: string | null; version: number | null }): void {
    this.facts.add(`${order}:${version}`);
  }

  has({ order, version }: { order: string; version: number }): boolean {
    return this.facts.has(`${order}:${version}`);
  }
}
