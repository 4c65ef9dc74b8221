import { type Decoder, headerText, type ReceivedBatch } from '@orderlog/kafka';
import {
  avroTypeOf,
  noState,
  type OrderState,
  type OrderStateMessage,
  partitionOf,
  stateMessage,
} from '@orderlog/order-contract';
import type pg from 'pg';
import type { FactAsKept } from './fact-as-kept.js';
import { firstDifference, folded } from './folded.js';
import type { Differences } from './known-facts.js';
import { factsByOrder, waitingStates } from './states.sql.js';
import { cannotBeRead } from './verify-topic.js';

/** A message of an order's state, unread: there is one for each order. */
interface Sent {
  value: Buffer | null;
  /** What its header `order-version` says. */
  header: string | undefined;
  /** Null: it waits in the outbox. */
  place: Place | null;
}

interface Place {
  partition: number;
  offset: number;
}

/**
 * Compares the state of each order, as it stands last on its topic and as it waits to be sent, with what the order's facts fold
 * to at the version that it names. Those before it are left out: compaction takes them away.
 * The steps are taken in the order of the data's way, so that what comes meanwhile is missed nowhere: `readWaiting`,
 * `compareBatch` for the topic, `conclude`.
 */
export class TopicOfStates {
  private readonly waiting = new Map<string, Sent>();
  private readonly sent = new Map<string, Sent>();
  /** On partitions where no reader of the order looks, by partition and order. */
  private readonly astray = new Map<string, { order: string } & Place>();
  /** What writes as a schema of the registry says, by its id. */
  private readonly writers = new Map<number, ReturnType<typeof avroTypeOf>>();

  /** @param about `upTo`: an order's facts up to this position have a state that was sent, or waits */
  constructor(
    private readonly about: {
      pool: pg.Pool;
      decoder: Decoder<OrderStateMessage>;
      schemaText: (schemaId: number) => Promise<string>;
      upTo: number;
      order?: string;
      differences: Differences;
      signal: AbortSignal;
    },
  ) {}

  /** @param topic that of states */
  async readWaiting(topic: string): Promise<void> {
    for await (const messages of waitingStates(this.about.pool, topic, this.about.order)) {
      for (const { order, payload, partition, header } of messages) {
        this.waiting.set(order, { value: payload, header: header ?? undefined, place: null });
        const right = partitionOf(order);
        if (partition === right) continue;
        this.say(
          order,
          null,
          `what waits to be sent of it goes to partition ${partition}, and its order is on ${right}`,
        );
      }
    }
  }

  async compareBatch({ partition, messages }: ReceivedBatch): Promise<void> {
    for (const message of messages) {
      const order = message.key?.toString('utf8') ?? '';
      if (this.about.order !== undefined && order !== this.about.order) continue;
      const place = { partition, offset: message.offset };
      if (partition === partitionOf(order)) {
        // A copy: as it came it is a part of all that came with it.
        const value = message.value && Buffer.from(message.value);
        this.sent.set(order, { value, header: headerText(message, 'order-version'), place });
      } else if (message.value === null) {
        this.astray.delete(`${partition} ${order}`); // compaction takes the two away
      } else {
        this.astray.set(`${partition} ${order}`, { order, ...place });
      }
    }
  }

  /** @returns how many orders were looked at */
  async conclude(onProgress: (orders: number) => void): Promise<number> {
    const { pool, order: only, signal } = this.about;
    for (const { order, ...place } of this.astray.values()) {
      this.say(
        order,
        null,
        `a message of it${placeOf(place)} belongs on partition ${partitionOf(order)}, with its order`,
      );
    }
    let orders = 0;
    let current: Folding | undefined;
    const finish = () => {
      if (!current) return;
      this.finish(current);
      onProgress(++orders);
    };
    for await (const facts of factsByOrder(pool, only)) {
      signal.throwIfAborted();
      for (const fact of facts) {
        if (fact.order === null) continue; // that was said of the store
        if (current?.order !== fact.order) {
          finish();
          current = await this.begin(fact.order);
        }
        await this.add(current, fact);
      }
    }
    finish();
    for (const claims of [this.sent, this.waiting]) {
      for (const [order, { value, place }] of claims) {
        if (value === null) continue; // it takes away what should not be there
        this.say(order, null, `there is a state of it${placeOf(place)}, and the store has no such order`);
      }
    }
    return orders;
  }

  private async begin(order: string): Promise<Folding> {
    const said: Said[] = [];
    for (const claims of [this.waiting, this.sent]) {
      const sent = claims.get(order);
      if (!sent) continue;
      claims.delete(order);
      const read = await this.read(sent, order);
      if (typeof read === 'string') {
        if (!this.about.differences.areOfStore(order)) this.say(order, null, `${read}${placeOf(sent.place)}`);
        said.push({ schemaId: 0, version: null, place: sent.place });
      } else said.push({ ...read, place: sent.place });
    }
    return { order, said, state: noState, readable: true, sentUpTo: 0, last: 0 };
  }

  /** What a message says; or what is wrong with it, looked at by itself. */
  private async read(
    { value, header }: Sent,
    order: string,
  ): Promise<string | { schemaId: number; version: number; value: OrderStateMessage }> {
    if (value === null) return 'a tombstone: somebody wants the state to be deleted';
    let read: { schemaId: number; value: OrderStateMessage };
    try {
      read = this.about.decoder.tryDecode(value) ?? (await this.about.decoder.decode(value));
    } catch (error) {
      return cannotBeRead(error);
    }
    const { orderId, version } = read.value;
    if (orderId !== order) return `it is a state of the order ${orderId}`;
    if (header !== undefined && header !== String(version)) {
      return `its header order-version says ${header}, and the state ${version}`;
    }
    return { ...read, version };
  }

  private async add(folding: Folding, { event, version, position }: FactAsKept): Promise<void> {
    const { order, said } = folding;
    folding.last = Math.max(folding.last, version ?? 0);
    if (position !== null && position <= this.about.upTo) folding.sentUpTo = folding.last;
    const next = event && event.version === folding.state.version + 1 ? folded(folding.state, event) : undefined;
    folding.readable &&= next !== undefined;
    if (!folding.readable || this.about.differences.areOfStore(order)) return;
    folding.state = next!;
    for (const one of said) {
      if (one.version !== version || one.value === undefined) continue;
      const right = await this.expected(one.schemaId, order, folding.state);
      const what = right && firstDifference({ ...one.value }, { ...right });
      if (what !== undefined)
        this.say(order, version, `it is not what the facts fold to: ${what}${placeOf(one.place)}`, position);
    }
  }

  /**
   * What the schema that wrote a message would have written of a state, as we read it.
   * @returns undefined of facts that no message could be made of: whatever made them, they were not told so
   */
  private async expected(schemaId: number, order: string, state: OrderState): Promise<OrderStateMessage | undefined> {
    const writer = this.writers.get(schemaId) ?? avroTypeOf(await this.about.schemaText(schemaId));
    this.writers.set(schemaId, writer);
    const head = Buffer.alloc(5);
    head.writeInt32BE(schemaId, 1);
    try {
      const body = writer.toBuffer(stateMessage(state.order, { ...state, orderId: order }));
      return this.about.decoder.tryDecode(Buffer.concat([head, body]))!.value;
    } catch {
      return undefined;
    }
  }

  private finish({ order, said, sentUpTo, last }: Folding): void {
    if (this.about.differences.areOfStore(order)) return;
    for (const { version, place } of said) {
      if (version !== null && (version > last || version < 1)) {
        this.say(order, version, `there is a state of this version${placeOf(place)}, and the order has ${last}`);
      }
    }
    if (sentUpTo === 0 || said.some(({ version }) => version === null || version >= sentUpTo)) return;
    const latest = said.find(({ place }) => place !== null) ?? said[0];
    this.say(
      order,
      sentUpTo,
      latest
        ? `the topic’s last state of it is of version ${latest.version}${placeOf(latest.place)}, and none of version ${sentUpTo} waits in the outbox`
        : 'the topic has no state of it, and none waits in the outbox',
    );
  }

  private say(order: string, version: number | null, what: string, position: number | null = null): void {
    this.about.differences.add({ where: 'states', order, version, position, what });
  }
}

/** What a message says of an order; without `value`: it cannot be read, and that was said. */
interface Said {
  schemaId: number;
  version: number | null;
  value?: OrderStateMessage;
  place: Place | null;
}

/** An order whose facts come one after the other. */
interface Folding {
  order: string;
  said: Said[];
  state: OrderState;
  /** Whether all facts so far could be folded. */
  readable: boolean;
  /** Up to this version its state was sent, or waits. */
  sentUpTo: number;
  last: number;
}

const placeOf = (place: Place | null): string =>
  place === null ? ' (it waits to be sent)' : ` (partition ${place.partition} offset ${place.offset})`;
