import { setTimeout as sleep } from 'node:timers/promises';
import { formatInstant, now, type Instant } from '@orderlog/instant';
import { Pool, type ClientBase } from 'pg';
import { DamagedFact } from './damaged-fact.js';
import { damagedHeadOr } from './damaged-head.sql.js';
import { enqueue } from './enqueue.js';
import { findCommand } from './find-command.sql.js';
import { GroupAppend } from './group-append.js';
import { Lane } from './lane.js';
import { listStreams, type StreamPage } from './list-streams.sql.js';
import { isPassing } from './postgres-error.js';
import { readAll, readStream, readStreamFromSnapshot, type StreamRange } from './read-events.sql.js';
import { readHead, type Head } from './read-head.sql.js';
import { shapesBehind, type StoredShape } from './shapes.sql.js';
import { settleInstant } from './settle-instant.sql.js';
import { forgetSnapshot, forgetSnapshots, latestSnapshot, saveSnapshot } from './snapshots.sql.js';
import { StoreUnavailable } from './store-unavailable.js';
import type {
  Append,
  Appended,
  AppendResult,
  KnownCommand,
  OutboxMessage,
  ReadFromSnapshot,
  Snapshot,
  StoredEvent,
  TogetherResult,
} from './store.js';
import { makeChildren } from './upkeep.sql.js';
import { versionAt } from './version-at.sql.js';

export interface EventStoreOptions {
  /** As role `orders`. */
  connectionString: string;
  /** Appends that share a commit, at most; 256. More of them in one `appendMany` are one batch all the same. */
  maxBatch?: number;
  /** Calls of append and appendMany that may wait; the next one is refused. 10,000. */
  maxWaiting?: number;
  /** Connections for reading; 4. Appends have one of their own. */
  poolSize?: number;
  /** After this an append is answered with StoreUnavailable; 5,000. */
  appendTimeoutMs?: number;
  /** After this a read is answered with StoreUnavailable; 10,000. */
  readTimeoutMs?: number;
  /** What facts get their time from; this machine's clock. */
  clock?: () => Instant;
}

const upkeepEveryMs = 15_000;

/** Facts in Postgres. One instance a process will do; several, in several processes, append to the same store safely. */
export class EventStore {
  private readonly pool: Pool;
  private readonly lane: Lane;
  private readonly group: GroupAppend;
  private readonly upkeep: NodeJS.Timeout;
  private readonly readTimeoutMs: number;
  private closing: Promise<void> | undefined;

  constructor(options: EventStoreOptions) {
    const { connectionString, appendTimeoutMs = 5_000, readTimeoutMs = 10_000 } = options;
    this.readTimeoutMs = readTimeoutMs;
    this.pool = new Pool({
      connectionString,
      max: options.poolSize ?? 4,
      connectionTimeoutMillis: Math.min(appendTimeoutMs, readTimeoutMs),
      query_timeout: readTimeoutMs,
      keepAlive: true,
      application_name: 'orderlog read',
    });
    // A connection was lost: the next call makes another, and one that was in use says so itself.
    this.pool.on('error', () => {});
    this.pool.on('connect', (client) => void client.on('error', () => {}));
    this.lane = new Lane(connectionString, appendTimeoutMs);
    this.group = new GroupAppend(this.lane, {
      maxBatch: options.maxBatch ?? 256,
      maxWaiting: options.maxWaiting ?? 10_000,
      timeoutMs: appendTimeoutMs,
      clock: options.clock ?? now,
      makeChildren: () => makeChildren(this.pool),
    });
    // Failing is no matter: an append that finds no child makes one.
    this.upkeep = setInterval(() => void makeChildren(this.pool).catch(() => {}), upkeepEveryMs).unref();
  }

  /**
   * Appends to one stream. What is appended at the same time shares one commit, and succeeds or fails alone.
   * @throws StoreUnavailable, which says whether anything may have been written; DamagedHead, and nothing was.
   */
  async append(append: Append): Promise<AppendResult> {
    const [result] = await this.group.append([append]);
    return result!;
  }

  /** The same for many, to one stream or several, in one batch, as if one after the other; each succeeds or fails alone. */
  async appendMany(appends: Append[]): Promise<AppendResult[]> {
    return appends.length === 0 ? [] : this.group.append(appends);
  }

  /**
   * The same, but all of them or none, in one transaction: facts that are true together, in several streams. Each meets what
   * those before it would leave: with two to one stream, the second's actualVersion counts the first's facts too.
   * @returns what was kept of each; or what stood in the way of the first one that could not be, and which it was
   */
  async appendTogether(appends: Append[]): Promise<TogetherResult> {
    const results = appends.length === 0 ? [] : await this.group.append(appends, true);
    const index = results.findIndex(({ outcome }) => outcome !== 'appended');
    if (index < 0) return { outcome: 'appended', appended: results as Appended[] };
    return { ...(results[index] as Exclude<AppendResult, Appended>), index };
  }

  /** A stream's facts, oldest first unless asked otherwise; none: there is no such stream, or none in the range. */
  async read(stream: string, range: StreamRange = {}): Promise<StoredEvent[]> {
    const events = await this.asked(readStream(this.pool, stream, range));
    if (reachesTheEnd(range)) {
      const last = range.direction === 'backward' ? events[0] : events.at(-1);
      if (last) this.group.learn(stream, { version: last.version, hash: last.hash });
    }
    return events;
  }

  /** The facts of all streams behind a position, in order. The next call goes on from the last one's position. */
  readAll({ afterPosition, limit }: { afterPosition: number; limit: number }): Promise<StoredEvent[]> {
    return this.asked(readAll(this.pool, afterPosition, limit));
  }

  /** Which types of facts, in which versions of their shapes, stand behind a position: of so many facts at most. */
  shapes({
    afterPosition,
    limit,
  }: {
    afterPosition: number;
    limit: number;
  }): Promise<{ shapes: StoredShape[]; upTo: number }> {
    return this.asked(shapesBehind(this.pool, afterPosition, limit));
  }

  head(): Promise<Head> {
    return this.asked(readHead(this.pool));
  }

  /**
   * From then on no fact is recorded at this instant or before it: who reads after this has all that will ever have been
   * known by then, whoever appends, and whatever their clocks say. Waits until the instant is over by Postgres's clock.
   * @throws StoreUnavailable where that would take longer than a read may; DamagedHead where the last time is none
   */
  async settle(instant: Instant): Promise<void> {
    const until = performance.now() + this.readTimeoutMs;
    for (;;) {
      const tooEarlyMs = (await this.asked(settleInstant(this.pool, instant))) / 1_000;
      if (tooEarlyMs === 0) return;
      if (performance.now() + tooEarlyMs > until) {
        throw new StoreUnavailable('not-written', `${formatInstant(instant)} is to come, by Postgres’s clock`);
      }
      await sleep(Math.ceil(tooEarlyMs));
    }
  }

  listStreams(page: StreamPage): Promise<{ stream: string; position: number }[]> {
    return this.asked(listStreams(this.pool, page));
  }

  findCommand(scope: string, key: string): Promise<KnownCommand | undefined> {
    return this.asked(findCommand(this.pool, scope, key));
  }

  /**
   * Puts messages without facts into the outbox, with rows of the caller's in the same transaction. `rows` may be called again
   * if a try failed, and must not wait for an append of its own.
   * @throws StoreUnavailable and DamagedHead as append does.
   */
  enqueue(messages: OutboxMessage[], rows?: (tx: ClientBase) => Promise<void>): Promise<void> {
    return enqueue(this.pool, messages, rows, () => makeChildren(this.pool));
  }

  /**
   * Puts messages of facts that a stream has already into the outbox once more. They are made under the append lock, so that
   * whatever is appended to the stream comes behind them.
   * @param make of all facts of the stream, oldest first; as `messages` of an append
   * @returns how many messages they were
   * @throws StoreUnavailable and DamagedHead as append does
   */
  async sendAgain(stream: string, make: (events: StoredEvent[]) => OutboxMessage[]): Promise<number> {
    let count = 0;
    const counted = (events: StoredEvent[]): OutboxMessage[] => {
      const messages = make(events);
      count = messages.length;
      return messages;
    };
    await enqueue(this.pool, { stream, make: counted }, undefined, () => makeChildren(this.pool));
    return count;
  }

  /** What a stream's latest state is folded from: its latest snapshot that is not past `toVersion`, and the facts from there on. */
  async readFromSnapshot(stream: string, shape: string, toVersion?: number): Promise<ReadFromSnapshot> {
    const { start, events } = await this.asked(readStreamFromSnapshot(this.pool, stream, shape, toVersion));
    const last = events.at(-1);
    if (last && toVersion === undefined) this.group.learn(stream, { version: last.version, hash: last.hash });
    if (start === 1) return { start, snapshot: undefined, events };
    const snapshot = await this.latestSnapshot(stream, shape, start);
    return { start, snapshot: snapshot?.version === start ? snapshot : undefined, events };
  }

  /** The version that a stream had at an instant, by when its facts were recorded; 0: it had none. */
  versionAt(stream: string, instant: Instant): Promise<number> {
    return this.asked(versionAt(this.pool, stream, instant));
  }

  saveSnapshot(snapshot: Snapshot): Promise<void> {
    return this.asked(saveSnapshot(this.pool, snapshot));
  }

  /** The latest state of this shape, or the latest that is not past `atVersion`. */
  latestSnapshot(stream: string, shape: string, atVersion?: number): Promise<Snapshot | undefined> {
    return this.asked(latestSnapshot(this.pool, stream, shape, atVersion));
  }

  forgetSnapshot(snapshot: Pick<Snapshot, 'stream' | 'shape' | 'version'>): Promise<void> {
    return this.asked(forgetSnapshot(this.pool, snapshot));
  }

  /** Forgets up to `limit` snapshots: of any shape, or of any but one. @returns how many; fewer than `limit`: there are no more */
  forgetSnapshots({ limit, exceptShape }: { limit: number; exceptShape?: string }): Promise<number> {
    return this.asked(forgetSnapshots(this.pool, limit, exceptShape));
  }

  /** Answers what was taken, then ends its connections. */
  close(): Promise<void> {
    this.closing ??= this.drainAndEnd();
    return this.closing;
  }

  private async drainAndEnd(): Promise<void> {
    clearInterval(this.upkeep);
    await this.group.close();
    await Promise.all([this.lane.end(), this.pool.end()]);
  }

  private async asked<Answer>(question: Promise<Answer>): Promise<Answer> {
    try {
      return await question;
    } catch (error) {
      if (error instanceof DamagedFact) throw error;
      if (!isPassing(error)) throw await damagedHeadOr(this.pool, now(), error);
      throw new StoreUnavailable('not-written', 'Postgres did not answer', error);
    }
  }
}

/** Whether the last fact that such a read answers is the stream's last. */
const reachesTheEnd = ({ toVersion, limit, direction }: StreamRange): boolean =>
  toVersion === undefined && (limit === undefined || direction === 'backward');
