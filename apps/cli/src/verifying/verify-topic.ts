import { type Decoder, headerText, type ReceivedBatch, type ReceivedMessage } from '@orderlog/kafka';
import { hashHolds, partitionOf, readOrderEvent, type ReceivedOrderEvent } from '@orderlog/order-contract';
import type { Named } from './compared.sql.js';
import type { Differences, KnownFacts } from './known-facts.js';

/** A fact that came while we were at work, or that the store has lost since. */
export interface Beyond extends Named {
  position: number;
  at: string;
}
/** Of these the first ones are kept. */
const mostBeyond = 10_000;

/**
 * Compares each message of the topic of facts with the store: the same fact at the same position, its hash computed again
 * from what the message says, on the partition of its order, under headers that say what it says.
 */
export class TopicOfFacts {
  /** The facts that the topic has at positions behind `upTo`. */
  readonly beyond: Beyond[] = [];

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

  async compare(batch: ReceivedBatch): Promise<void> {
    for (const message of batch.messages) await this.look(message, batch.partition);
  }

  private async look(message: ReceivedMessage, partition: number): Promise<void> {
    const { order, decoder, known, upTo, differences } = this.about;
    const key = message.key?.toString('utf8') ?? '';
    const orderOfKey = orderIn(key);
    if (order !== undefined && orderOfKey !== order) return;
    const said = headerText(message, 'event-position') ?? '';
    const position = /^[1-9]\d{0,15}$/.test(said) ? Number(said) : null;
    const at = `partition ${partition} offset ${message.offset}`;
    const seen = () => position !== null && known.seen(position, partition, message.offset);
    const no = (what: string, version: number | null = null) => {
      seen();
      differences.add({ where: 'topic', order: orderOfKey || null, version, position, what: `${what} (${at})` });
    };
    if (message.value === null) return no('a tombstone: somebody wants the fact to be deleted');
    if (position === null) return no('the message does not say which position it has');
    const { event, wrong } = await factIn(message.value, key, decoder);
    if (wrong !== undefined) return no(wrong, event?.version);
    const { orderId, version, hash } = event;
    if (position > upTo) {
      if (this.beyond.length < mostBeyond) this.beyond.push({ position, order: orderId, version, at });
      return;
    }
    if (!known.has(position)) return no('the store has no such fact', version);
    if (!known.is(position, hash)) return no('the store has another fact at this position', version);
    seen();
    const header = wrongHeader(message, event);
    if (header !== undefined) return no(header, version);
    if (partition !== partitionOf(orderId))
      no(`it belongs on partition ${partitionOf(orderId)}, with its order`, version);
  }
}

/** The order that a key `<orderId>:<version or command>` begins with. */
export const orderIn = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf(':')));

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
