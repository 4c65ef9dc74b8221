import type { CommandContext } from './asked.js';
import type { keyedHash } from './keyed-hash.js';

type KeyedHash = ReturnType<typeof keyedHash>;

/**
 * What makes a request the same as another one: an HMAC over method, route, address and body. The body is the one that
 * its schema made, with the keys in the schema's order, so that blanks and the order of keys do not count. No body is
 * kept; it may hold a person's data, which is why the hash has a key.
 */
export const requestHash = (keyed: KeyedHash, context: Pick<CommandContext, 'scope' | 'path' | 'body'>): Buffer =>
  keyed(`${context.scope}\n${context.path}\n${JSON.stringify(context.body ?? null)}`);

/**
 * The id of a command that has a key is made from the key: sent again it is the same command, and an attempt that is
 * recorded twice has the same key on its topic. A UUID of version 8.
 */
export function commandIdOf(keyed: KeyedHash, scope: string, key: string): string {
  const bytes = keyed(`command\n${scope}\n${key}`).subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Requests with a key that are under way: a second one with the same key waits for the first. */
export class UnderWay {
  readonly #requests = new Map<string, Promise<unknown>>();

  /** Runs alone among those with this scope and key; those that come meanwhile follow one after the other. */
  async alone<T>(scope: string, key: string, work: () => Promise<T>): Promise<T> {
    const id = `${scope}\n${key}`;
    // Each turn either waits for one that is under way, or is the one: bounded by who else has this key.
    for (let before = this.#requests.get(id); before; before = this.#requests.get(id)) await before;
    const running = work();
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    this.#requests.set(id, settled);
    try {
      return await running;
    } finally {
      this.#requests.delete(id);
    }
  }
}
