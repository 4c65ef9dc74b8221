import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '@orderlog/instant';
import type { Client } from 'pg';
import { appendBatch, type Overtaken } from './append-batch.sql.js';
import { Batch, countExpected, type Standing, type StoreHead, type StreamHead } from './batch.js';
import { DamagedHead, damagedHeadOr, findDamagedHead, isTooFarAhead } from './damaged-head.sql.js';
import { Group } from './group.js';
import type { Lane } from './lane.js';
import { lockAndLook } from './lock-and-look.sql.js';
import { lookAtStreams } from './look-at-streams.sql.js';
import {
  isAboutTheRows,
  isLostConnection,
  isPassing,
  isReadOnly,
  isVersionTaken,
  missingChildOf,
} from './postgres-error.js';
import { readStream } from './read-events.sql.js';
import { settleBatch } from './settle-batch.sql.js';
import { StoreUnavailable } from './store-unavailable.js';
import type { Append, AppendResult, KnownCommand, StoredEvent } from './store.js';
import { StreamHeads } from './stream-heads.js';

export interface GroupAppendOptions {
  /** Appends in a batch, at most; one call's stay together, however many. */
  maxBatch: number;
  /** Calls that may wait, at most. */
  maxWaiting: number;
  timeoutMs: number;
  clock: () => Instant;
  /** Called when a row had no child table to go to. */
  makeChildren(): Promise<void>;
}

/** Batches under way at once: while Postgres keeps one, the next is encoded and sent. */
const depth = 2;
/** So few are not worth two batches. */
const fewAppends = 16;
/** A batch that has grown past this takes no more; what was left over waits for the next. */
const maxBatchBytes = 8 * 1024 * 1024;
const longestCareful = 32;
/** So many facts are read under the lock for one that was overtaken; behind more, it hears of a conflict. */
const mostNewer = 256;

/**
 * Group append: what arrives while a batch is under way forms the next one, so that many commands share one commit.
 *
 * Positions, times and hashes have to be known before rows can be encoded, and nobody may append in between. Two ways:
 * - *hopeful*: the batch is encoded on the head that this process left behind itself, and sent in one go, which looks
 *   whether that is still the head. One round trip, the lock held for Postgres's own work only, and the next batch can
 *   follow before the answer is there. If another process came between, nothing was written and all begins anew.
 * - *careful*: lock, look, encode, send, commit. Two round trips under the lock, but nobody can come between.
 * One process alone is hopeful for ever; where several append at once, each is careful until it has been undisturbed for a
 * while. Measured with bench/append: hopeful does about twice as many.
 *
 * A batch never fails for what one append of it did: that one is answered, or, where it is Postgres that refuses the rows,
 * found by trying each alone. When the answer to a batch is lost, the outcome is asked for; what was not written is tried
 * again until its caller's time is up.
 */
export class GroupAppend {
  private readonly waiting: Group[] = [];
  /** To be tried again, in order, once nothing is under way. */
  private readonly again: Group[] = [];
  /** Groups under way, batch by batch. */
  private readonly underWay = new Map<symbol, number>();
  private exclusive = false;
  private scheduled = false;
  private closed = false;
  private drained: (() => void) | undefined;

  /** The head behind everything that was sent; undefined: not known. */
  private believed: StoreHead | undefined;
  private readonly heads = new StreamHeads(10_000);
  /** Commands that a refused batch showed to be known. */
  private readonly known = new Map<string, KnownCommand>();
  /** So many more batches go the careful way … */
  private careful = 0;
  /** … after the next disturbance. */
  private caution = 1;

  constructor(
    private readonly lane: Lane,
    private readonly options: GroupAppendOptions,
  ) {}

  /** @param together all of them or none: where one of the results is not `appended`, none was kept */
  append(appends: readonly Append[], together = false): Promise<AppendResult[]> {
    if (this.closed) return Promise.reject(new StoreUnavailable('not-written', 'the store was closed'));
    if (this.waiting.length >= this.options.maxWaiting)
      return Promise.reject(new StoreUnavailable('not-written', `${this.waiting.length} appends wait already`));
    const group = new Group(appends, this.options.timeoutMs, together);
    this.waiting.push(group);
    this.schedule();
    return group.answer;
  }

  /** A read has seen this stream's last fact. */
  learn(stream: string, head: StreamHead): void {
    this.heads.learn(stream, head);
  }

  /** Takes no more, and waits until everything that was taken is answered. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.waiting.length + this.again.length + this.underWay.size === 0) return;
    await new Promise<void>((resolve) => (this.drained = resolve));
  }

  /** After this turn of the event loop: those who were just answered append again, and share the batch. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.startBatches();
    });
  }

  private startBatches(): void {
    if (this.underWay.size === 0) this.waiting.unshift(...this.again.splice(0));
    for (let groups = this.take(); groups.length > 0; groups = this.take()) void this.runBatch(groups);
    if (this.waiting.length + this.again.length + this.underWay.size === 0) this.drained?.();
  }

  /** The next batch, if it is time for one: the oldest that wait, as many as fit. */
  private take(): Group[] {
    while (this.waiting[0]?.isAnswered) this.waiting.shift(); // their time was up
    const mayStart = this.underWay.size === 0 || (this.underWay.size < depth && !this.exclusive && this.isHopeful);
    if (!mayStart || this.again.length > 0) return [];
    const sent = [...this.underWay.values()].reduce((sum, groups) => sum + groups, 0);
    const wanted = this.waiting.length;
    // A small batch behind a large one would only cost a commit: it waits until it is worth it, or its turn.
    if (this.underWay.size > 0 && wanted < Math.max(fewAppends, (sent * 3) / 4)) return [];
    // Two equal batches keep both sides busy: one is encoded while the other is kept.
    const share = wanted <= fewAppends || !this.isHopeful ? wanted : Math.ceil((wanted + sent) / depth);
    const limit = Math.min(share, this.options.maxBatch);

    let [groups, appends] = [0, 0];
    for (const group of this.waiting) {
      if (group.needsLock && this.underWay.size > 0) break; // in its turn: a careful batch has no other beside it
      if (groups > 0 && (appends + group.appends.length > limit || group.alone || this.waiting[0]!.alone)) break;
      groups++;
      appends += group.appends.length;
    }
    return this.waiting.splice(0, groups);
  }

  private get isHopeful(): boolean {
    return this.careful === 0 && this.believed !== undefined && this.lane.client !== undefined;
  }

  private async runBatch(groups: Group[]): Promise<void> {
    const key = Symbol('batch');
    this.underWay.set(key, groups.length);
    const cut = setTimeout(() => this.lane.cut(), this.options.timeoutMs);
    try {
      if (this.isHopeful && !groups.some((group) => group.needsLock)) {
        await this.hopefully(groups);
      } else {
        this.exclusive = true;
        await this.carefully(groups);
      }
    } finally {
      this.exclusive = false;
      clearTimeout(cut);
      this.underWay.delete(key);
      this.again.push(...groups.filter((group) => !group.isAnswered && !group.isDivided));
      this.schedule();
    }
  }

  private async hopefully(groups: Group[]): Promise<void> {
    let batch: Batch | undefined;
    try {
      await this.lane.use(async (client) => {
        const unknown = this.unknownStreams(groups);
        if (unknown.length > 0)
          for (const [stream, head] of await lookAtStreams(client, unknown)) this.heads.learn(stream, head);
        if (!this.believed) return; // lost in the meantime: again, with care
        batch = this.compose(groups, { head: this.believed, streams: this.heads, commands: this.known });
        if (batch.standsAlone) return answerAll(groups, batch);
        this.believed = batch.after;
        for (const [stream, head] of batch.streamsAfter) this.heads.set(stream, head);
        const overtaken = await appendBatch(client, batch);
        if (overtaken) this.wasOvertaken(groups, batch, overtaken);
        else this.wasKept(groups, batch);
      });
    } catch (error) {
      if (isVersionTaken(error)) return this.wasNotNew(groups);
      await this.recover(groups, batch, error);
    }
  }

  /** A batch of all that still wait; from here on they are under way. */
  private compose(groups: Group[], standing: Standing): Batch {
    const batch = new Batch(standing, this.options.clock);
    for (const group of groups) {
      if (group.isAnswered) continue;
      if (batch.bytes > maxBatchBytes) break;
      group.underWay = true;
      batch.add(group);
    }
    return batch;
  }

  /** What nobody has read, and is not expected to be new either. */
  private unknownStreams(groups: Group[]): string[] {
    const unknown = new Set<string>();
    for (const { wellFormed } of groups)
      for (const { stream, expectedVersion } of wellFormed)
        if (expectedVersion !== 'none' && expectedVersion !== 0 && !this.heads.has(stream)) unknown.add(stream);
    return [...unknown];
  }

  private wasKept(groups: Group[], batch: Batch): void {
    this.caution = Math.max(1, this.caution - 0.25);
    if (this.again.length === 0) this.known.clear();
    else this.believed = batch.after; // one before it was not kept, and yet it fits
    answerAll(groups, batch);
  }

  private wasOvertaken(groups: Group[], batch: Batch, { head, staleStreams, knownCommands }: Overtaken): void {
    for (const group of groups) group.underWay = false;
    const { position, recordedAt } = batch.before;
    // Another process was here, or a reader who settled an instant: the next one may come as soon.
    const isDisturbed = head.position !== position || head.recordedAt !== recordedAt;
    if (this.again.length === 0 && isDisturbed) {
      this.caution = Math.min(2 * this.caution, longestCareful);
      this.careful = Math.ceil(this.caution);
    }
    this.believed = this.isDamaged(head) ? undefined : head; // then the careful way says what is wrong
    for (const [stream, before] of batch.streamsBefore) this.heads.set(stream, staleStreams.get(stream) ?? before);
    for (const [id, command] of knownCommands) this.known.set(id, command);
  }

  /** A stream that one of them would begin is there already: which one, only a look will tell. */
  private wasNotNew(groups: Group[]): void {
    for (const group of groups) group.underWay = false;
    this.careful = Math.max(1, this.careful);
    this.believed = undefined;
    this.heads.clear();
  }

  private async carefully(groups: Group[]): Promise<void> {
    let batch: Batch | undefined;
    try {
      await this.lane.use(async (client) => {
        const appends = groups.flatMap((group) => group.wellFormed);
        const [, standing] = await Promise.all([client.query('begin'), lockAndLook(client, appends)]);
        if (this.isDamaged(standing.head)) return this.refuseBehindDamage(groups, client);
        batch = this.compose(groups, { ...standing, newer: await newerThanExpected(client, appends, standing) });
        await this.commit(client, batch);
        const isDisturbed = this.believed !== undefined && this.believed.position !== standing.head.position;
        this.careful = isDisturbed ? Math.ceil(this.caution) : Math.max(0, this.careful - 1);
        this.believed = batch.after;
        for (const [stream, head] of [...batch.streamsBefore, ...batch.streamsAfter]) this.heads.set(stream, head);
        answerAll(groups, batch);
      });
    } catch (error) {
      await this.recover(groups, batch, error);
    }
  }

  private isDamaged({ recordedAt }: StoreHead): boolean {
    return isTooFarAhead(recordedAt, this.options.clock());
  }

  private async refuseBehindDamage(groups: Group[], client: Client): Promise<void> {
    const damaged = await findDamagedHead(client, this.options.clock());
    await client.query('rollback');
    this.believed = undefined;
    if (damaged) for (const group of groups) group.fail(damaged); // else it was put right in this moment: again
  }

  private async commit(client: Client, batch: Batch): Promise<void> {
    if (batch.isEmpty) {
      await client.query('rollback');
      return;
    }
    const [overtaken, ended] = await Promise.all([appendBatch(client, batch), client.query('commit')]);
    if (overtaken || ended.command !== 'COMMIT') throw new Error('the head moved under the append lock');
  }

  /** Answers the groups, or leaves unanswered those for which another try is worth it: of those nothing was written. */
  private async recover(groups: Group[], batch: Batch | undefined, error: unknown): Promise<void> {
    this.believed = undefined;
    this.heads.clear();
    for (const group of groups) {
      group.trouble = error;
      group.tries++;
    }
    if (isLostConnection(error)) {
      if (batch && !batch.isEmpty && (await this.wasCommitted(groups, batch))) return answerAll(groups, batch);
    } else {
      const cause = await this.lane
        .use(async (client) => {
          await client.query('rollback');
          return damagedHeadOr(client, this.options.clock(), error);
        })
        .catch(() => error);
      if (isReadOnly(error)) this.lane.cut(); // a standby, or what became one: the next connection may find the primary
      if (missingChildOf(error)) await this.options.makeChildren().catch(() => undefined);
      else if (cause instanceof DamagedHead) for (const group of groups) group.fail(cause);
      else if (isAboutTheRows(error)) return this.tryAlone(groups, error as Error);
      else if (!isPassing(error)) for (const group of groups) group.fail(error);
    }
    for (const group of groups) group.underWay = false;
    await sleep(backOffMs(Math.max(...groups.map((group) => group.tries))));
  }

  /** Asks what became of a batch until there is an answer, or nobody is left who waits for it. */
  private async wasCommitted(groups: Group[], batch: Batch): Promise<boolean> {
    for (let tries = 0; groups.some((group) => !group.isAnswered); tries++) {
      try {
        return await this.lane.use((client) => settleBatch(client, batch));
      } catch {
        await sleep(backOffMs(tries));
      }
    }
    return false;
  }

  /** Postgres refuses something in the rows: each append by itself, so that it costs only the one that it is about. */
  private tryAlone(groups: Group[], error: Error): void {
    for (const group of groups) {
      group.underWay = false;
      if (group.isAnswered) continue;
      const isOne = group.appends.length === 1 || group.together;
      if (group.alone || (groups.length === 1 && isOne)) {
        group.succeed(group.appends.map(() => ({ outcome: 'refused', error })));
      } else if (isOne) {
        group.alone = true;
      } else {
        this.again.push(...group.divide(this.options.timeoutMs));
      }
    }
  }
}

const backOffMs = (tries: number): number => Math.min(5 * 2 ** tries, 500);

/** Under the lock: for each append that wants to be asked where it was overtaken, what it has not seen. */
async function newerThanExpected(
  client: Client,
  appends: readonly Append[],
  { streams }: Standing,
): Promise<Map<Append, StoredEvent[]> | undefined> {
  const newer = new Map<Append, StoredEvent[]>();
  const reading = appends.map(async (append) => {
    const expected = append.overtaken && countExpected(append.expectedVersion);
    const unseen = expected === undefined ? -1 : (streams.get(append.stream)?.version ?? 0) - expected;
    if (expected === undefined || unseen < 0 || unseen > mostNewer) return;
    newer.set(append, unseen === 0 ? [] : await readStream(client, append.stream, { fromVersion: expected + 1 }));
  });
  await Promise.all(reading);
  return newer.size > 0 ? newer : undefined;
}

/** What the batch answered is true now. */
function answerAll(groups: Group[], batch: Batch): void {
  for (const group of groups) {
    const results = batch.resultsOf.get(group);
    if (results) group.succeed(results);
  }
}
