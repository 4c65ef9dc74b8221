import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { AssignedPartition, ReceivedBatch } from '@orderlog/kafka';
import { openDatabase, transaction } from './database.js';
import { sendDeadLetters, type SendDeadLetters } from './dead-letters.js';
import type { Definition } from './define-projection.js';
import { isDatabaseTrouble, isUnavailable, PartitionLost, sentenceOf } from './failures.js';
import { ProgressMeter, type Progress } from './progress.js';
import {
  readParked,
  readPartitions,
  readProjection,
  readUnknownTypes,
  setStopped,
  type ParkedStream,
  type StoredPartition,
  type UnknownType,
} from './projection-status.sql.js';
import { readMessage, type ReadMessage } from './read-batch.js';
import { retryParked, type RetryOutcome } from './retry-parked.js';
import type { SaySignal } from './signals.js';
import { takePartition } from './take-partition.sql.js';
import { writeBatch } from './write-batch.js';

/** The consumer that hands batches to the projection; libs/kafka's `BatchServer` is one. */
export interface Membership {
  readonly session: { readonly state: string };
  /** Joins the group, now and after each failure. Only where it is stopped. */
  start(): void;
  /** Leaves the group, so that it is empty for anyone's reset tool. */
  stop(): Promise<void>;
}

/** What the topics hold, and who is in the group: asked for `GET /projection`. */
export interface GroupView {
  ends(topic: string): Promise<{ partition: number; earliest: number; end: number }[]>;
  members(group: string): Promise<number>;
}

export interface RuntimeOptions<Event> {
  definition: Definition<Event>;
  connectionString: string;
  group: string;
  view: GroupView;
  /** Where copies of parked messages go. */
  deadLetters: { topic: string; send: SendDeadLetters };
  say: SaySignal;
  /** With so many parked streams the projection pauses. 100 where not given. */
  parkedLimit?: number;
  /** Connections to Postgres; one for each partition that is read beside others, and one to look. 5 where not given. */
  connections?: number;
}

export type ProjectionState = 'running' | 'replaying' | 'rebuilding' | 'stopped' | 'incomplete' | 'failed';

export interface ProjectionStatus {
  name: string;
  generation: number;
  state: ProjectionState;
  /** In words, where the state needs some. */
  reason: string | null;
  /** In messages; null while Kafka is away and was never asked. */
  lag: number | null;
  partitions: { topic: string; partition: number; offset: number; end: number | null; lag: number | null }[];
  progress: Progress | null;
  /** What was never read: the group was moved forward over it. `to` is the first offset after the hole. */
  incomplete: { topic: string; partition: number; from: number; to: number }[];
  /** Parts that are away, each since when. Nothing is lost by waiting. */
  waitingFor: { what: string; since: string; error: string }[];
  parked: { orders: number; limit: number };
  unknownTypes: UnknownType[];
}

interface Held {
  generation: number;
  epoch: string;
  position: number;
  /** No batch was written since the assignment. */
  fresh: boolean;
}

interface Wait {
  what: string;
  sinceMs: number;
  error: string;
}

const LOOK_EVERY_MS = 1_000;
const DEAD_LETTERS_EVERY_MS = 10_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
const HEARTBEAT_EVERY_MS = 1_000;
const JOINING = 'it is joining its group';
const MEMBERSHIP_LIMIT_MS = 30_000;

/**
 * Runs one projection in one process: `assigned`, `revoked` and `handle` are a consumer's hooks, `stop`, `start`,
 * `status`, `parked` and `retry` a person's.
 */
export class ProjectionRuntime<Event> {
  readonly definition: Definition<Event>;
  readonly #options: Required<RuntimeOptions<Event>>;
  readonly #pool: Pool;
  readonly #held = new Map<string, Held>();
  readonly #waits = new Map<string, Wait>();
  readonly #meter = new ProgressMeter();
  readonly #closing = new AbortController();
  #ends: { topic: string; partition: number; earliest: number; end: number }[] | undefined;
  #membership: Membership | undefined;
  #looking: Promise<void> = Promise.resolve();
  #turning: Promise<void> = Promise.resolve();
  #sendingDeadLetters: Promise<void> | undefined;
  #deadLettersAtMs = Number.NEGATIVE_INFINITY;
  #joined = false;
  #failure: string | undefined;

  constructor(options: RuntimeOptions<Event>) {
    this.definition = options.definition;
    this.#options = { parkedLimit: 100, connections: 5, ...options };
    this.#pool = openDatabase(options.connectionString, options.group, this.#options.connections);
  }

  /**
   * Begins to look, every second: whether it is to be stopped or started (by any instance), how far it is, and what is
   * still to be copied. Joining the group for the first time is the consumer's own business.
   */
  open(membership: Membership): void {
    this.#membership = membership;
    this.#looking = this.#lookOn();
  }

  /** The process is leaving: the consumer is not started again from here on. Batches under way are finished. */
  leave(): void {
    this.#closing.abort();
  }

  /** Ends what `open` began. The consumer is stopped before. */
  async close(): Promise<void> {
    this.leave();
    await this.#looking;
    await this.#turning.catch(() => undefined);
    await this.#sendingDeadLetters;
    await this.#pool.end();
  }

  /**
   * Takes the partitions of an assignment: draws their epochs, and compares where the group stands with what was read.
   * Waits while the database is away.
   */
  async assigned(partitions: readonly AssignedPartition[], signal: AbortSignal): Promise<void> {
    this.#held.clear();
    this.#waits.delete('assignment');
    const inOrder = [...partitions].sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
    await this.#untilBack('the database', 'assignment', { signal }, async () => {
      const { schema, name } = this.definition;
      const { generation, stopped } = await readProjection(this.#pool, schema, name);
      if (stopped) return untilAborted(signal); // nothing is read: the next look leaves the group
      const taken = await transaction(this.#pool, async (tx) => {
        const taken: { at: AssignedPartition; epoch: string; reached: number }[] = [];
        for (const at of inOrder) {
          const where = { schema, generation, topic: at.topic, partition: at.partition };
          const group = { begin: at.beginOffset, earliest: at.earliestOffset, end: at.endOffset };
          taken.push({ at, ...(await takePartition(tx, where, group)) });
        }
        return taken;
      });
      for (const { at, epoch, reached } of taken) {
        this.#held.set(keyOf(at), { generation, epoch, position: at.beginOffset, fresh: true });
        const { topic, partition } = at;
        this.#options.say('projection.assigned', { topic, partition, from: at.beginOffset, reached });
      }
      for (const known of await readPartitions(this.#pool, schema, generation)) {
        const begin = this.#held.get(keyOf(known))?.position ?? 0;
        for (const hole of known.holes.filter(({ from }) => from < begin)) {
          this.#options.say('projection.hole', { topic: known.topic, partition: known.partition, ...hole });
        }
      }
    });
    if (signal.aborted) return;
    this.#joined = true;
    this.#failure = undefined;
  }

  revoked(): void {
    this.#held.clear();
    this.#waits.delete('assignment');
    this.#joined = false;
  }

  /** The consumer's session has ended by itself (or did not begin), and the consumer joins again. */
  failed(error: Error, retryInMs: number): void {
    this.#held.clear();
    this.#joined = false;
    this.#failure = sentenceOf(error);
    this.#options.say('projection.session-ended', { retryInMs, error: this.#failure });
  }

  /**
   * The hooks of a `BatchServer`, and how it shall read: several partitions side by side, in fetches that are large
   * enough for Postgres to write some thousands of rows at once. A member that was killed is missed after ten seconds.
   */
  consumerOptions() {
    return {
      groupId: this.#options.group,
      onAssigned: (partitions: AssignedPartition[], signal: AbortSignal) => this.assigned(partitions, signal),
      onRevoked: () => this.revoked(),
      onFailure: (error: Error, retryInMs: number) => this.failed(error, retryInMs),
      sessionTimeoutMs: 10_000,
      maxBytesPerPartition: 1_048_576,
      partitionsConsumedConcurrently: this.#options.connections - 2,
    };
  }

  /**
   * Reads a batch, writes what it makes, and says where to go on from. Waits, with the membership kept, while the
   * registry or the database is away, or too many orders are parked.
   * @throws PartitionLost, or what the batch's heartbeat throws, where the partition is no longer ours
   */
  async handle(batch: ReceivedBatch): Promise<number> {
    const held = this.#held.get(keyOf(batch));
    if (!held) throw new PartitionLost(batch.topic, batch.partition);
    const from = held.fresh ? batch.fetchedOffset : Math.min(held.position, batch.fetchedOffset);
    const beating = setInterval(() => void batch.heartbeat().catch(() => undefined), HEARTBEAT_EVERY_MS);
    try {
      const startedAt = performance.now();
      const messages = await this.#read(batch);
      const next = await this.#write(batch, held, from, messages, startedAt);
      held.position = next;
      held.fresh = false;
      return next;
    } catch (error) {
      if (error instanceof PartitionLost) {
        this.#options.say('projection.partition-lost', { topic: batch.topic, partition: batch.partition });
      }
      throw error;
    } finally {
      clearInterval(beating);
      this.#waits.delete(keyOf(batch));
    }
  }

  async #read(batch: ReceivedBatch): Promise<ReadMessage<Event>[]> {
    const source = this.definition.sources.find((candidate) => candidate.topic === batch.topic);
    if (!source) throw new Error(`${this.definition.name} does not read ${batch.topic}`);
    const at = { topic: batch.topic, partition: batch.partition };
    const read: ReadMessage<Event>[] = [];
    for (const [index, message] of batch.messages.entries()) {
      // Decoding thousands of messages in one go would keep heartbeats and requests waiting.
      if (index % 256 === 255) await nextTurn();
      read.push(
        await this.#untilBack('the registry', keyOf(batch), batch, () =>
          readMessage(this.definition, source, at, message),
        ),
      );
    }
    return read;
  }

  async #write(
    batch: ReceivedBatch,
    held: Held,
    from: number,
    messages: readonly ReadMessage<Event>[],
    startedAt: number,
  ): Promise<number> {
    const { topic, partition } = batch;
    for (;;) {
      const written = await this.#untilBack('the database', keyOf(batch), batch, () =>
        writeBatch(this.#pool, this.definition, {
          ...{ topic, partition, generation: held.generation, epoch: held.epoch },
          ...{ from, next: batch.nextOffset, messages, parkedLimit: this.#options.parkedLimit },
          stillOurs: () => {
            if (batch.isStale()) throw new PartitionLost(topic, partition);
          },
        }),
      );
      for (const { stream, message, error } of written.parked) {
        if (error === null) continue;
        this.#options.say('projection.parked', { stream, topic, partition, offset: message.offset, error });
      }
      for (const [type, offset] of written.unknownTypes) {
        this.#options.say('projection.unknown-type', { type, topic, partition, offset });
      }
      if (written.parked.length > 0) void this.#copyParked();
      if (written.next > from) {
        const tookMs = Math.round(performance.now() - startedAt);
        this.#options.say('projection.batch', {
          ...{ topic, partition, messages: messages.length, rows: written.rows, next: written.next, tookMs },
        });
        return written.next;
      }
      await this.#untilRoom(batch);
    }
  }

  /** Waits until fewer orders are parked than the limit; the group stays as it is. */
  async #untilRoom(batch: ReceivedBatch): Promise<void> {
    const limit = this.#options.parkedLimit;
    let said = false;
    for (;;) {
      const parked = await this.#untilBack('the database', keyOf(batch), batch, async () => {
        const { rows } = await this.#pool.query<{ parked: string }>(
          `select count(*) as parked from ${this.definition.schema}.parked_streams where generation = $1::integer`,
          [this.#held.get(keyOf(batch))?.generation],
        );
        return Number(rows[0]?.parked);
      });
      if (parked < limit) return;
      if (!said) this.#options.say('projection.too-many-parked', { parked, limit });
      said = true;
      await pause(LOOK_EVERY_MS, batch.signal);
      await batch.heartbeat();
      if (batch.isStopping()) throw new Error('stopped while too many orders are parked');
    }
  }

  /**
   * Tries until it works, as long as what fails is a part that is away. Says so once, and once when it is back.
   * @throws everything else, and whatever it was where the partition is no longer ours or the consumer is stopping
   */
  async #untilBack<T>(
    what: string,
    key: string,
    whileOurs: { signal: AbortSignal; isStopping?: () => boolean },
    work: () => Promise<T>,
  ): Promise<T> {
    const { signal } = whileOurs;
    let waitMs = FIRST_WAIT_MS;
    for (;;) {
      try {
        const result = await work();
        const wait = this.#waits.get(key);
        if (wait?.what === what) {
          this.#waits.delete(key);
          const waitedMs = Date.now() - wait.sinceMs;
          this.#options.say('projection.went-on', { what, partition: key, waitedMs });
        }
        return result;
      } catch (error) {
        if (signal.aborted || !(isUnavailable(error) || isDatabaseTrouble(error))) throw error;
        if (whileOurs.isStopping?.()) throw error;
        const known = this.#waits.get(key);
        const wait = known ?? { what, sinceMs: Date.now(), error: '' };
        wait.error = sentenceOf(error);
        this.#waits.set(key, wait);
        if (!known) this.#options.say('projection.waiting', { what, partition: key, error: wait.error });
        await pause(waitMs, signal);
        if (signal.aborted) throw error;
        waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
      }
    }
  }

  /** Leaves the group, in every instance, and answers when it is empty (or after 30 s, with what is then so). */
  async stop(): Promise<ProjectionStatus> {
    await setStopped(this.#pool, this.definition.schema, this.definition.name, true);
    await this.#turn(true);
    const deadline = performance.now() + MEMBERSHIP_LIMIT_MS;
    while ((await this.#options.view.members(this.#options.group)) > 0 && performance.now() < deadline) {
      await pause(200, this.#closing.signal);
    }
    return this.status();
  }

  /** Joins the group again, from wherever the group stands in Kafka now, and answers when that is known. */
  async start(): Promise<ProjectionStatus> {
    await setStopped(this.#pool, this.definition.schema, this.definition.name, false);
    await this.#turn(false);
    const deadline = performance.now() + MEMBERSHIP_LIMIT_MS;
    for (;;) {
      const status = await this.status();
      if (status.reason !== JOINING || performance.now() > deadline) return status;
      await pause(50, this.#closing.signal);
    }
  }

  async parked(): Promise<ParkedStream[]> {
    const { schema, name } = this.definition;
    return readParked(this.#pool, schema, (await readProjection(this.#pool, schema, name)).generation);
  }

  /** Lets a parked order through; see retryParked. */
  async retry(stream: string): Promise<RetryOutcome> {
    const { schema, name } = this.definition;
    const { generation } = await readProjection(this.#pool, schema, name);
    const outcome = await retryParked(this.#pool, this.definition, generation, stream);
    if (outcome.outcome === 'released') {
      this.#options.say('projection.released', { stream, messages: outcome.messages });
    }
    return outcome;
  }

  async status(): Promise<ProjectionStatus> {
    const { schema, name } = this.definition;
    // Asked before the tables are: where it has joined by then, they say where it stands.
    const joined = this.#joined;
    const stored = await readProjection(this.#pool, schema, name);
    const [partitions, parked, unknownTypes] = await Promise.all([
      readPartitions(this.#pool, schema, stored.generation),
      this.#countParked(stored.generation),
      readUnknownTypes(this.#pool, schema, stored.generation),
    ]);
    const kafkaAway = await this.#lookAtEnds();
    const shown = this.#shown(partitions);
    const lag = shown.some((one) => one.lag === null) ? null : shown.reduce((sum, one) => sum + (one.lag ?? 0), 0);
    const holes = partitions.flatMap(({ topic, partition, holes }) =>
      holes.map((hole) => ({ topic, partition, ...hole })),
    );
    const replaying = partitions.some((one) => one.replaying);
    const [state, reason] = this.#stateOf({
      ...{ stopped: stored.stopped, parked, replaying, holes: holes.length },
      joining: !joined || partitions.some((one) => one.untaken),
    });
    this.#measure(partitions, lag);
    return {
      name,
      generation: stored.generation,
      state,
      reason,
      lag,
      partitions: shown,
      progress: this.#meter.read(),
      incomplete: holes,
      waitingFor: [
        ...[...this.#waits.values()].map(({ what, sinceMs, error }) => ({
          ...{ what, since: new Date(sinceMs).toISOString(), error },
        })),
        ...(kafkaAway === undefined ? [] : [kafkaAway]),
      ],
      parked: { orders: parked, limit: this.#options.parkedLimit },
      unknownTypes,
    };
  }

  /** What must be so before requests are sent here, for /health/ready; each throws with a sentence where it is not. */
  checks(): { name: string; check: () => Promise<void> }[] {
    return [
      { name: 'postgres', check: async () => void (await this.#pool.query('select 1')) },
      {
        name: 'kafka',
        check: async () => {
          const away = await this.#lookAtEnds();
          if (away) throw new Error(away.error);
        },
      },
      {
        name: 'projection',
        check: async () => {
          const [wait] = this.#waits.values();
          if (!wait) return;
          throw new Error(`waits for ${wait.what} since ${new Date(wait.sinceMs).toISOString()}: ${wait.error}`);
        },
      },
    ];
  }

  #stateOf(known: {
    stopped: boolean;
    parked: number;
    joining: boolean;
    replaying: boolean;
    holes: number;
  }): [ProjectionState, string | null] {
    if (known.stopped) return ['stopped', 'it was told to stop; POST /projection/start lets it go on'];
    if (this.#failure !== undefined) return ['failed', this.#failure];
    if (known.parked >= this.#options.parkedLimit) {
      return ['failed', `${known.parked} orders are parked, the limit is ${this.#options.parkedLimit}: paused`];
    }
    if (known.joining) return ['stopped', JOINING];
    if (known.replaying) return ['replaying', null];
    if (known.holes > 0) return ['incomplete', 'messages were passed over by a reset forward; see `incomplete`'];
    return ['running', null];
  }

  /** Every partition that the topics have: one that nobody has taken yet is not read at all. */
  #shown(stored: readonly StoredPartition[]): ProjectionStatus['partitions'] {
    const known = new Map(stored.map((one) => [keyOf(one), one.offset]));
    if (!this.#ends)
      return stored.map(({ topic, partition, offset }) => ({ topic, partition, offset, end: null, lag: null }));
    return this.#ends.map(({ topic, partition, earliest, end }) => {
      const offset = known.get(keyOf({ topic, partition })) ?? earliest;
      return { topic, partition, offset, end, lag: Math.max(0, end - offset) };
    });
  }

  #measure(partitions: readonly StoredPartition[], lag: number | null): void {
    const again = partitions
      .filter((one) => one.replaying)
      .reduce((sum, one) => sum + Math.max(0, one.reached - one.offset), 0);
    this.#meter.sample(again > 0 ? again : (lag ?? 0), performance.now());
  }

  /** Looks at the ends of the topics: never at remembered ones, or a lag of 0 would be a lie. @returns where Kafka is away */
  async #lookAtEnds(): Promise<ProjectionStatus['waitingFor'][number] | undefined> {
    try {
      const topics = this.definition.sources.map((source) => source.topic);
      const found = await Promise.all(
        topics.map(async (topic) => (await this.#options.view.ends(topic)).map((one) => ({ topic, ...one }))),
      );
      this.#ends = found.flat();
      return undefined;
    } catch (error) {
      return { what: 'Kafka', since: new Date().toISOString(), error: sentenceOf(error) };
    }
  }

  async #countParked(generation: number): Promise<number> {
    const { rows } = await this.#pool.query<{ parked: string }>(
      `select count(*) as parked from ${this.definition.schema}.parked_streams where generation = $1::integer`,
      [generation],
    );
    return Number(rows[0]?.parked);
  }

  async #lookOn(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const { stopped } = await readProjection(this.#pool, this.definition.schema, this.definition.name);
        await this.#turn(stopped);
        await this.status();
        await this.#copyParked(DEAD_LETTERS_EVERY_MS);
      } catch {
        // The database is away: whoever holds a batch says so, and /health/ready does. It is looked at again.
      }
      await pause(LOOK_EVERY_MS, signal);
    }
  }

  /** Makes the membership what it shall be; one turn at a time. */
  #turn(stopped: boolean): Promise<void> {
    this.#turning = this.#turning
      .catch(() => undefined)
      .then(async () => {
        const membership = this.#membership;
        if (!membership || this.#closing.signal.aborted) return;
        const { state } = membership.session;
        if (stopped && state !== 'stopped' && state !== 'stopping') {
          await membership.stop();
          this.revoked();
          this.#failure = undefined;
          this.#options.say('projection.stopped', {});
        } else if (!stopped && state === 'stopped') {
          membership.start();
          this.#options.say('projection.started', {});
        }
      });
    return this.#turning;
  }

  /** Sends what was not copied yet, one sender at a time, and not before `notBeforeMs` after the last time. */
  #copyParked(notBeforeMs = 0): Promise<void> {
    if (this.#sendingDeadLetters) return this.#sendingDeadLetters;
    if (performance.now() - this.#deadLettersAtMs < notBeforeMs) return Promise.resolve();
    this.#deadLettersAtMs = performance.now();
    const { topic, send } = this.#options.deadLetters;
    const from = { schema: this.definition.schema, group: this.#options.group, topic };
    const all = async (): Promise<void> => {
      while (!this.#closing.signal.aborted && (await sendDeadLetters(this.#pool, from, send)) === 100);
    };
    this.#sendingDeadLetters = all()
      .catch((error: unknown) => {
        this.#options.say('projection.dead-letter-failed', { topic, messages: 'some', error: sentenceOf(error) });
      })
      .finally(() => {
        this.#sendingDeadLetters = undefined;
      });
    return this.#sendingDeadLetters;
  }
}

const keyOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Waits; an aborted signal ends the wait without an error. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
