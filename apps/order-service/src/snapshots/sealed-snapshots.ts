import type { Snapshot, StoredEvent } from '@orderlog/event-store';
import { fromKeptState, keptState, keptStateShape, type OrderState } from '@orderlog/order-contract';
import { keyedHash } from '../orders/keyed-hash.js';

/** A state above this is not kept: folding it again is dear, but so would be writing it every so many facts. */
const mostCharacters = 16 * 1024 * 1024;

/**
 * States as snapshots, and back. Whoever can write to the table must not be able to make an order another one by it: each
 * snapshot carries a seal over all that it says, under a key that the database does not have, and the hash of the fact
 * that it was folded up to, which stands for the whole history before.
 */
export class SealedSnapshots {
  /** Of these states, sealed with this key: under another key they are of another shape, and are not read. */
  readonly shape: string;
  readonly #keyed: (text: string) => Buffer;

  constructor(secret: string) {
    this.#keyed = keyedHash(secret);
    this.shape = `${keptStateShape}/${this.#keyed('the key of snapshots').toString('hex', 0, 4)}`;
  }

  /** @param hash of the fact that the state was folded up to. @throws RangeError where the state is too large */
  seal(stream: string, state: OrderState, hash: Buffer): Snapshot {
    const text = keptState(state);
    if (text.length > mostCharacters) throw new RangeError(`a state of ${text.length} characters is not kept`);
    const unsealed = { stream, shape: this.shape, version: state.version, state: text, hash };
    return { ...unsealed, seal: this.#sealOf(unsealed) };
  }

  /** @param at the fact at the snapshot's version, as the store has it. @returns the state, or why it is not believed */
  open(snapshot: Snapshot, at: StoredEvent | undefined): OrderState | { untrue: string } {
    if (!this.#sealOf(snapshot).equals(snapshot.seal)) return { untrue: 'it is not what was written here' };
    if (at?.version !== snapshot.version) return { untrue: 'the fact that it was folded up to is not there' };
    if (!at.hash.equals(snapshot.hash)) return { untrue: 'it was folded from other facts than the store has' };
    return fromKeptState(snapshot.state);
  }

  #sealOf({ stream, shape, version, state, hash }: Omit<Snapshot, 'seal'>): Buffer {
    return this.#keyed(`snapshot\n${shape}\n${stream}\n${version}\n${hash.toString('hex')}\n${state}`);
  }
}
