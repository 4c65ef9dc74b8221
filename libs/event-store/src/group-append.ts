import { setTimeout as sleep } from 'node:timers/promises';
import { now } from '@orderlog/instant';
import type { Client } from 'pg';
import { appendBatch } from './append-batch.sql.js';
import { Batch, type Standing } from './batch.js';
import type { Lane } from './lane.js';
import { lockAndLook } from './lock-and-look.sql.js';
import { isAboutTheRows, isLostConnection, isPassing, missingChildOf } from './postgres-error.js';
import { settleBatch } from './settle-batch.sql.js';
import { StoreUnavailable } from './store-unavailable.js';
import type { Append, AppendResult } from './store.js';

/** Appends that came in one call and stay in one batch, and whoever waits for them. */
interface Group {
  appends: Append[];
  state: 'waiting' | 'under-way' | 'answered';
  timer: NodeJS.Timeout;
  /** What kept it from being answered so far. */
  trouble?: unknown;
  resolve(results: AppendResult[]): void;
  reject(error: Error): void;
}

export interface GroupAppendOptions {
  maxBatch: number;
  maxWaiting: number;
  timeoutMs: number;
  /** Called when a row had no child table to go to. */
  makeChildren(): Promise<void>;
}

/**
 * Group append: what arrives while a batch is under way forms the next one, so that many commands share one commit.
 * A batch never fails for what one append of it did: that one is answered, or, where Postgres itself refuses its rows, found
 * by trying each alone.
 */
export class GroupAppend {
  private readonly waiting: Group[] = [];
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly lane: Lane,
    private readonly options: GroupAppendOptions,
  ) {}

  append(appends: Append[]): Promise<AppendResult[]> {
    if (this.closed) return Promise.reject(new StoreUnavailable('not-written', 'the store was closed'));
    if (this.waiting.length >= this.options.maxWaiting)
      return Promise.reject(new StoreUnavailable('not-written', `${this.waiting.length} appends wait already`));
    return new Promise((resolve, reject) => {
      const group: Group = {
        appends,
        state: 'waiting',
        resolve,
        reject,
        timer: setTimeout(() => this.giveUp(group), this.options.timeoutMs),
      };
      this.waiting.push(group);
      this.running ??= this.run();
    });
  }

  /** Takes no more, and waits until everything that was taken is answered. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private giveUp(group: Group): void {
    const outcome = group.state === 'waiting' ? 'not-written' : 'unknown';
    answer(
      group,
      new StoreUnavailable(outcome, `no answer from Postgres within ${this.options.timeoutMs} ms`, group.trouble),
    );
  }

  private async run(): Promise<void> {
    await Promise.resolve(); // whoever appends in the same turn shares the first batch
    for (let groups = this.take(); groups.length > 0; groups = this.take()) await this.keep(groups);
    this.running = undefined;
  }

  /** The next batch: the oldest that wait, as many as fit. */
  private take(): Group[] {
    const groups: Group[] = [];
    let appends = 0;
    while (
      this.waiting.length > 0 &&
      (groups.length === 0 || appends + this.waiting[0]!.appends.length <= this.options.maxBatch)
    ) {
      const group = this.waiting.shift()!;
      if (group.state === 'answered') continue;
      groups.push(group);
      appends += group.appends.length;
    }
    return groups;
  }

  /** Keeps at it until every group is answered; what keeps it from it for long ends at their time limits. */
  private async keep(groups: Group[]): Promise<void> {
    const cut = setTimeout(() => void this.lane.cut(), this.options.timeoutMs);
    try {
      for (let tries = 0; groups.some((group) => group.state !== 'answered'); tries++) {
        if (tries > 0) await sleep(Math.min(10 * 2 ** tries, 500));
        await this.attempt(groups);
      }
    } finally {
      clearTimeout(cut);
    }
  }

  /** Answers the groups, or leaves those waiting for which another try is worth it: of those nothing was written. */
  private async attempt(groups: Group[]): Promise<void> {
    let batch: Batch | undefined;
    try {
      await this.lane.use(async (client) => {
        const standing = await this.begin(client, groups);
        batch = compose(groups, standing);
        await this.commit(client, batch);
        answerAll(groups, batch);
      });
    } catch (error) {
      await this.recover(groups, batch, error);
    }
  }

  private async begin(client: Client, groups: Group[]): Promise<Standing> {
    const appends = groups.flatMap((group) => group.appends);
    const [standing] = await Promise.all([client.query('begin').then(() => lockAndLook(client, appends))]);
    return standing;
  }

  private async commit(client: Client, batch: Batch): Promise<void> {
    if (batch.isEmpty) {
      await client.query('rollback');
      return;
    }
    const [{ kept }, ended] = await Promise.all([appendBatch(client, batch), client.query('commit')]);
    if (!kept || ended.command !== 'COMMIT') throw new Error('the head moved under the append lock');
  }

  private async recover(groups: Group[], batch: Batch | undefined, error: unknown): Promise<void> {
    for (const group of groups) group.trouble = error;
    if (isLostConnection(error)) {
      if (batch && !batch.isEmpty && (await this.settled(groups, batch))) answerAll(groups, batch);
      // Otherwise not written: whoever waits may wait for another try.
    } else {
      await this.lane.use((client) => client.query('rollback')).catch(() => undefined);
      if (missingChildOf(error)) await this.options.makeChildren().catch(() => undefined);
      else if (isAboutTheRows(error)) return await this.eachAlone(groups, error as Error);
      else if (!isPassing(error)) for (const group of groups) answer(group, error as Error);
    }
    for (const group of groups) if (group.state === 'under-way') group.state = 'waiting';
  }

  /** Asks what became of a batch until there is an answer, or nobody is left who waits for it. */
  private async settled(groups: Group[], batch: Batch): Promise<boolean> {
    for (let tries = 0; groups.some((group) => group.state !== 'answered'); tries++) {
      try {
        return await this.lane.use((client) => settleBatch(client, batch));
      } catch {
        await sleep(Math.min(20 * 2 ** tries, 500));
      }
    }
    return false;
  }

  /** Postgres refuses something in the rows: each append alone, so that it costs only the one that it is about. */
  private async eachAlone(groups: Group[], error: Error): Promise<void> {
    const unanswered = groups.filter((group) => group.state !== 'answered');
    if (unanswered.length === 1 && unanswered[0]!.appends.length === 1)
      return answer(unanswered[0]!, [{ outcome: 'refused', error }]);
    for (const group of unanswered) {
      const results: AppendResult[] = [];
      for (const append of group.appends) {
        const [result] = await new Promise<AppendResult[]>((resolve, reject) => {
          void this.keep([{ appends: [append], state: 'waiting', timer: group.timer, resolve, reject }]);
        });
        results.push(result!);
      }
      answer(group, results);
    }
  }
}

function answer(group: Group, answer: AppendResult[] | Error): void {
  if (group.state === 'answered') return;
  group.state = 'answered';
  clearTimeout(group.timer);
  if (answer instanceof Error) group.reject(answer);
  else group.resolve(answer);
}

/** What the batch answered is true now. */
function answerAll(groups: Group[], batch: Batch): void {
  for (const group of groups) {
    const results = batch.resultsOf.get(group);
    if (results) answer(group, results);
  }
}

/** A batch of all that still wait; from here on they are under way. */
function compose(groups: Group[], standing: Standing): Batch {
  const batch = new Batch(standing, now);
  for (const group of groups) {
    if (group.state === 'answered') continue;
    group.state = 'under-way';
    batch.add(group);
  }
  return batch;
}
