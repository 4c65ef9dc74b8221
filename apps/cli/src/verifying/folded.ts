import type { StoredEvent } from '@orderlog/event-store';
import { after, type OrderState } from '@orderlog/order-contract';

/** The state after one more fact. @returns undefined where the fact is of a newer release, or not what a fact can be */
export function folded(state: OrderState, event: StoredEvent): OrderState | undefined {
  try {
    return after(state, event);
  } catch {
    return undefined; // whatever a rule makes of what is no fact
  }
}

/** In what two records differ first, in words; undefined: in nothing. @param here what the facts make it */
export function firstDifference(there: Record<string, unknown>, here: Record<string, unknown>): string | undefined {
  const name = [...new Set([...Object.keys(here), ...Object.keys(there)])].find(
    (key) => JSON.stringify(there[key]) !== JSON.stringify(here[key]),
  );
  if (name === undefined) return undefined;
  const text = (value: unknown): string | undefined => (typeof value === 'object' ? undefined : JSON.stringify(value));
  const [before, after] = [text(there[name]), text(here[name])];
  if (before === undefined || after === undefined) return `its ${name} differs`;
  return `${name} is ${before} there, and the facts make it ${after}`;
}
