import { type Decoder, headerText, type ReceivedBatch, type ReceivedMessage } from '@orderlog/kafka';
import { hashHolds, partitionOf, readOrderEvent, type ReceivedOrderEvent } from '@orderlog/order-contract';
import type { Named } from './compared.sql.js';
import type { Difference, Differences, KnownFacts } from './known-facts.js';
import type { SignedFact } from './verify-checkpoints.js';

/** A fact that came while we were at work, or that the store has lost since. */
export interface Beyond extends Named {
  position: number;
  at: string;
  hash: Buffer;
}
/** Of these the first ones are kept. */
const mostBeyond = 10_000;
/** Under so many keys a wrong message may still be put right; with more, it is the wrong topic, or nobody can. */
const mostPutRight = 100_000;

/**
 * Compares each message of the topic of facts with the store: the same fact at the same position, its hash computed again
 * from what the message says, on the partition of its order, under headers that say what it says. A message that is wrong
 * is a difference unless the fact was sent again under its key since, for compaction keeps the last, or, on a partition that is
 * not its order's, a tombstone; but one that holds
 * another fact, whole and with its hash, stays one as long as it is there: it may be what was true.
 */
export class TopicOfFacts {
  /** Wrong messages behind which the fact was sent again. */
  putRight = 0;
  /** By partition and key, for compaction goes by both. */
  private readonly wrong = new Map<string, Wrong[]>();
  private readonly behind = new Map<string, Beyond>();

  /** @param about `upTo`: facts of the store with a higher position are not compared: they came while we were at work */
  constructor(
    private readonly about: {
      decoder: Decoder;
      order?: string;
      known: KnownFacts;
      differences: Differences;
      upTo: number;
    },
  ) {}

  /** The facts that the topic has at positions behind `upTo`. */
  get beyond(): Beyond[] {
    return [...this.behind.values()];
  }

  /** Whole facts that it has at positions at which the store has none. */
  get missing(): SignedFact[] {
    return [...this.wrong.values()]
      .flat()
      .flatMap(({ difference: { order, version, position }, fact: hash }) =>
        hash && order !== null && version !== null && position !== null && !this.about.known.has(position)
          ? [{ order, version, position, hash }]
          : [],
      );
  }

  /** Once all is read: what is wrong still. */
  conclude(): void {
    for (const { difference } of [...this.wrong.values()].flat()) this.about.differences.add(difference);
  }

  async compare(batch: ReceivedBatch): Promise<void> {
    for (const message of batch.messages) await this.look(message, batch.partition);
  }

  private async look(message: ReceivedMessage, partition: number): Promise<void> {
    const { order, decoder, known, upTo } = this.about;
    const key = message.key?.toString('utf8') ?? '';
    const orderOfKey = orderIn(key);
    if (order !== undefined && orderOfKey !== order) return;
    const said = headerText(message, 'event-position') ?? '';
    const position = /^[1-9]\d{0,15}$/.test(said) ? Number(said) : null;
    const at = `partition ${partition} offset ${message.offset}`;
    const place = `${partition} ${message.key === null ? `offset ${message.offset}` : key}`;
    const isInPlace = partition === partitionOf(orderOfKey);
    const seen = () => isInPlace && position !== null && known.seen(position, partition, message.offset);
    const no = (what: string, version: number | null = versionIn(key), fact?: Buffer) => {
      seen();
      const named = { order: orderOfKey || null, version, position };
      const difference = { where: 'topic' as const, ...named, what: `${what} (${at})` };
      const found = { difference, fact };
      const before = this.wrong.get(place);
      if (before) before.push(found);
      else if (this.wrong.size < mostPutRight) this.wrong.set(place, [found]);
      else this.about.differences.add(difference);
    };
    if (message.value === null) {
      if (isInPlace) return no('a tombstone: somebody wants the fact to be deleted');
      if (this.takenAway(place)) return;
      return no(`a tombstone, and its order is on partition ${partitionOf(orderOfKey)}: it deletes nothing there`);
    }
    if (position === null) return no('the message does not say which position it has');
    const { event, wrong } = await factIn(message.value, key, decoder);
    if (wrong !== undefined) return no(wrong, event?.version);
    const { orderId, version, hash } = event;
    if (position > upTo) {
      const isNew = !this.behind.has(place) && this.behind.size < mostBeyond;
      if (isNew) this.behind.set(place, { position, order: orderId, version, at, hash });
      return;
    }
    if (!known.has(position)) return no('the store has no such fact', version, hash);
    if (!known.is(position, hash)) return no('the store has another fact at this position', version, hash);
    seen();
    const header = wrongHeader(message, event);
    if (header !== undefined) return no(header, version);
    if (!isInPlace) return no(`it belongs on partition ${partitionOf(orderId)}, with its order`, version, hash);
    this.putRightBy(place, hash);
  }

  /**
   * A tombstone where the key has no place lets compaction take away what was wrong before it; but another fact, whole and with
   * its hash, stays a difference.
   * @returns false where nothing was
   */
  private takenAway(place: string): boolean {
    const before = this.wrong.get(place);
    if (!before) return false;
    const others = before.filter(
      ({ fact, difference }) => fact !== undefined && !this.about.known.is(difference.position ?? 0, fact),
    );
    this.keep(place, before, others);
    return true;
  }

  private keep(place: string, before: Wrong[], others: Wrong[]): void {
    this.putRight += before.length - others.length;
    if (others.length > 0) this.wrong.set(place, others);
    else this.wrong.delete(place);
  }

  /** The fact stands here now: what was wrong before it under its key is not, but for another fact. */
  private putRightBy(place: string, hash: Buffer): void {
    const before = this.wrong.get(place);
    if (before) {
      this.keep(
        place,
        before,
        before.filter(({ fact }) => fact !== undefined && !fact.equals(hash)),
      );
    }
    // It has moved up since, where facts before it were lost.
    if (this.behind.get(place)?.hash.equals(hash)) {
      this.putRight++;
      this.behind.delete(place);
    }
  }
}

/** A wrong message; `fact`: the hash of the fact that it holds, where that is whole. */
interface Wrong {
  difference: Difference;
  fact: Buffer | undefined;
}

/** The order that a key `<orderId>:<version or command>` begins with. */
export const orderIn = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf(':')));

/** The version that a fact's key ends with; null: it is no fact's key. */
const versionIn = (key: string): number | null => {
  const version = /:([1-9]\d{0,8})$/.exec(key)?.[1];
  return version === undefined ? null : Number(version);
};

function wrongHeader(message: ReceivedMessage, event: ReceivedOrderEvent): string | undefined {
  const right: Record<string, string> = {
    'event-id': event.eventId,
    'event-type': event.type,
    'order-id': event.orderId,
    'order-version': String(event.version),
  };
  for (const [name, value] of Object.entries(right)) {
    const said = headerText(message, name);
    if (said !== undefined && said !== value) return `its header ${name} says ${said}, and the fact ${value}`;
  }
  return undefined;
}

/** Why a message cannot be read, in words. @throws the error where that is not the message's fault */
export function cannotBeRead(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'RegistryUnavailable') throw error;
  return `the message cannot be read: ${message.replace(/^the message cannot be read: /, '')}`;
}

/** The fact that a message carries, under its key; or what is wrong with it, looked at by itself. */
export async function factIn(
  value: Buffer,
  key: string,
  decoder: Decoder,
): Promise<{ event: ReceivedOrderEvent; wrong?: undefined } | { event?: ReceivedOrderEvent; wrong: string }> {
  let event: ReceivedOrderEvent;
  let holds: boolean | undefined;
  try {
    event = readOrderEvent((decoder.tryDecode(value) ?? (await decoder.decode(value))).value);
    holds = hashHolds(event);
  } catch (error) {
    return { wrong: cannotBeRead(error) };
  }
  const { orderId, version } = event;
  if (key !== `${orderId}:${version}`) return { wrong: `the key is ${key}, the fact ${orderId}:${version}` };
  return holds === false ? { event, wrong: 'what the message says is not what its hash is of' } : { event };
}
