import type { Decoder, ReceivedBatch } from '@orderlog/kafka';
import { type OrderAttemptMessage, partitionOf } from '@orderlog/order-contract';
import type pg from 'pg';
import { attemptNamed, type AttemptSays, orderOf, saidDifferently, saysOf } from './attempt-says.js';
import { attemptsByNow, heardAttempts, keptAttempts } from './attempts.sql.js';
import { waitingMessages } from './compared.sql.js';
import type { Differences, Where } from './known-facts.js';
import { cannotBeRead, orderIn } from './verify-topic.js';

interface Sent extends AttemptSays {
  /** Null: it waits in the outbox. */
  place: { partition: number; offset: number } | null;
}

/**
 * Compares what was refused, wherever it is kept: orders.attempts, the messages of them (in the topic, or waiting in the
 * outbox) and the audit. No hash covers an attempt: three holders who say the same do.
 * The steps are taken in the order of the data's way, so that what comes meanwhile is missed nowhere:
 * `readKept`, `readWaiting`, `compareBatch` for the topic, `conclude`.
 */
export class Attempts {
  private readonly kept = new Map<string, AttemptSays>();
  private readonly sent = new Map<string, Sent>();

  constructor(
    private readonly about: {
      pool: pg.Pool;
      decoder: Decoder<OrderAttemptMessage>;
      order?: string;
      differences: Differences;
      signal: AbortSignal;
    },
  ) {}

  /** How many orders.attempts has. */
  get count(): number {
    return this.kept.size;
  }

  async readKept(): Promise<void> {
    for await (const attempts of keptAttempts(this.about.pool, this.about.order)) {
      this.about.signal.throwIfAborted();
      for (const attempt of attempts) this.kept.set(attempt.attemptId, attempt);
    }
  }

  /** @param topic that of attempts */
  async readWaiting(topic: string): Promise<void> {
    for await (const messages of waitingMessages(this.about.pool, topic)) {
      for (const { key, payload } of messages) await this.look('outbox', key, payload, null);
    }
  }

  async compareBatch({ partition, messages }: ReceivedBatch): Promise<void> {
    for (const { key, value, offset } of messages) {
      await this.look('topic', key?.toString('utf8') ?? '', value, { partition, offset });
    }
  }

  /** @param reached how far the audit had read each partition of the topic beforehand; null: there is no audit */
  async conclude(reached: Map<number, number> | null): Promise<void> {
    const { pool, differences } = this.about;
    const wrong = (where: Where, attempt: AttemptSays, what: string) =>
      differences.add({ where, order: orderOf(attempt), version: null, position: null, what });
    // Kept while we were at work.
    const unknown = [...this.sent.keys()].filter((id) => !this.kept.has(id));
    for (const attempt of await attemptsByNow(pool, unknown)) this.kept.set(attempt.attemptId, attempt);
    for (const [id, sent] of this.sent) {
      const kept = this.kept.get(id);
      const what = kept
        ? saidDifferently(kept, sent, { one: 'orders.attempts', other: `its message${placeOf(sent)}` })
        : `orders.attempts does not have ${attemptNamed(sent)}, of which there is a message${placeOf(sent)}: its row was removed, or never written`;
      if (what !== undefined) wrong('attempts', kept ?? sent, what);
    }
    for (const [id, kept] of this.kept) {
      if (this.sent.has(id)) continue;
      const what = `of ${attemptNamed(kept)}, which orders.attempts has, no message is in the topic, nor waits in the outbox`;
      wrong('attempts', kept, what);
    }
    if (reached) await this.compareHeard(reached, wrong);
  }

  private async compareHeard(
    reached: Map<number, number>,
    wrong: (where: Where, attempt: AttemptSays, what: string) => void,
  ): Promise<void> {
    const { pool, order, signal } = this.about;
    const heard = new Set<string>();
    const unknown: AttemptSays[] = [];
    for await (const attempts of heardAttempts(pool, order)) {
      signal.throwIfAborted();
      for (const attempt of attempts) {
        heard.add(attempt.attemptId);
        const kept = this.kept.get(attempt.attemptId) ?? this.sent.get(attempt.attemptId);
        if (!kept) unknown.push(attempt);
        const other = this.kept.has(attempt.attemptId) ? 'orders.attempts' : 'its message';
        const what = kept && saidDifferently(attempt, kept, { one: 'the audit', other });
        if (what !== undefined) wrong('audit', attempt, what);
      }
    }
    const byNow = new Set(
      (
        await attemptsByNow(
          pool,
          unknown.map(({ attemptId }) => attemptId),
        )
      ).map((one) => one.attemptId),
    );
    for (const attempt of unknown) {
      if (byNow.has(attempt.attemptId)) continue;
      wrong('audit', attempt, `the audit holds ${attemptNamed(attempt)}, which nobody else has`);
    }
    for (const [id, sent] of this.sent) {
      const { place } = sent;
      if (heard.has(id) || place === null || place.offset >= (reached.get(place.partition) ?? 0)) continue;
      wrong('audit', sent, `the audit has read past ${attemptNamed(sent)} and does not hold it`);
    }
  }

  private async look(
    where: 'outbox' | 'topic',
    key: string,
    value: Buffer | null,
    place: Sent['place'],
  ): Promise<void> {
    const { decoder, differences } = this.about;
    const order = orderIn(key);
    if (this.about.order !== undefined && order !== this.about.order) return;
    const no = (what: string) =>
      differences.add({
        ...{ where, order: order || null, version: null, position: null },
        what: `of what was refused, ${what}${placeOf({ place })}`,
      });
    if (value === null) return no('a tombstone: somebody wants an attempt to be deleted');
    const { attempt: message, wrong } = await attemptIn(value, key, decoder);
    if (wrong !== undefined) return no(wrong);
    const { orderId } = message;
    if (place !== null && place.partition !== partitionOf(orderId)) {
      return no(`a message belongs on partition ${partitionOf(orderId)}, with its order`);
    }
    const sent: Sent = { ...saysOf(message), place };
    const before = this.sent.get(sent.attemptId);
    const differs = before && saidDifferently(before, sent, { one: `one message${placeOf(before)}`, other: 'another' });
    if (differs !== undefined) no(differs);
    // Of several copies the first counts, as it does for the audit; what waits to be sent again is none.
    if (!before || before.place === null) this.sent.set(sent.attemptId, sent);
  }
}

const placeOf = ({ place }: Pick<Sent, 'place'>): string =>
  place === null ? ' that waits to be sent' : ` at partition ${place.partition} offset ${place.offset}`;

/** The refused command that a message carries, under its key; or what is wrong with it, looked at by itself. */
export async function attemptIn(
  value: Buffer,
  key: string,
  decoder: Decoder<OrderAttemptMessage>,
): Promise<{ attempt: OrderAttemptMessage; wrong?: undefined } | { attempt?: undefined; wrong: string }> {
  let attempt: OrderAttemptMessage;
  try {
    ({ value: attempt } = decoder.tryDecode(value) ?? (await decoder.decode(value)));
  } catch (error) {
    return { wrong: cannotBeRead(error) };
  }
  const own = `${attempt.orderId}:${attempt.commandId}`;
  return key === own ? { attempt } : { wrong: `a message has the key ${key}, and the attempt ${own}` };
}
