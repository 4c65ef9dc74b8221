import { hashOf, noHash } from './canonical-bytes.js';
import type { StoredEvent } from './store.js';

/**
 * What is wrong with the facts of a whole store, read from the first position on: holes, versions out of order, times that do
 * not grow, chains that break. Empty: nothing.
 */
export function whatIsWrongWith(events: readonly StoredEvent[]): string[] {
  const wrong: string[] = [];
  const last = new Map<string, StoredEvent>();
  events.forEach((event, index) => {
    const at = `position ${event.position}`;
    if (event.position !== index + 1) wrong.push(`${at} stands at place ${index + 1}`);
    if (index > 0 && event.recordedAt <= events[index - 1]!.recordedAt)
      wrong.push(`${at}: recorded before its predecessor`);
    const previous = last.get(event.stream);
    if (event.version !== (previous?.version ?? 0) + 1) wrong.push(`${at}: version ${event.version} out of order`);
    if (!event.previousHash.equals(previous?.hash ?? noHash)) wrong.push(`${at}: follows another fact`);
    if (!event.hash.equals(hashOf(event))) wrong.push(`${at}: says something else than was hashed`);
    last.set(event.stream, event);
  });
  return wrong;
}
