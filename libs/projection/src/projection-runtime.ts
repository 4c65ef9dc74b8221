import type { Pool } from 'pg';
import type { AssignedPartition, ReceivedBatch } from '@orderlog/kafka';
import { openDatabase, transaction } from './database.js';
import { DeadLetterCopier } from './dead-letter-copier.js';
import type { SendDeadLetters } from './dead-letters.js';
import type { Definition } from './define-projection.js';
import { isDatabaseTrouble, isPartAway, PartitionLost, sentenceOf } from './failures.js';
import { countParkedStreams } from './parked-streams.sql.js';
import { nextTurn, pause, untilAborted } from './pause.js';
import { ProgressMeter } from './progress.js';
import {
  JOINING,
  lagOf,
  leftOf,
  partitionKey,
  partitionsOf,
  stateOf,
  type PartitionEnds,
  type ProjectionStatus,
} from './projection-status.js';
import {
  readParked,
  readPartitions,
  readProjection,
  readUnknownTypes,
  setStopped,
  type ParkedStream,
} from './projection-status.sql.js';
import { readMessage, type ReadMessage } from './read-batch.js';
import { retryParked, type RetryOutcome } from './retry-parked.js';
import type { SaySignal } from './signals.js';
import { takePartition } from './take-partition.sql.js';
import { Waits, type Wait } from './waits.js';
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

interface Held {
  generation: number;
  epoch: string;
  position: number;
  /** No batch was written since the assignment. */
  fresh: boolean;
}

const LOOK_EVERY_MS = 1_000;
const DEAD_LETTERS_EVERY_MS = 10_000;
const HEARTBEAT_EVERY_MS = 1_000;
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
  readonly #waits: Waits;
  readonly #deadLetters: DeadLetterCopier;
  readonly #meter = new ProgressMeter();
  readonly #closing = new AbortController();
  #ends: PartitionEnds[] | undefined;
  #membership: Membership | undefined;
  #looking: Promise<void> = Promise.resolve();
  #turning: Promise<void> = Promise.resolve();
  #joined = false;
  #failure: string | undefined;

  constructor(options: RuntimeOptions<Event>) {
    this.definition = options.definition;
    this.#options = { parkedLimit: 100, connections: 5, ...options };
    this.#pool = openDatabase(options.connectionString, options.group, this.#options.connections);
    this.#waits = new Waits(options.say);
    const { topic, send } = options.deadLetters;
    const from = { schema: options.definition.schema, group: options.group, topic };
    this.#deadLetters = new DeadLetterCopier(this.#pool, from, send, options.say, this.#closing.signal);
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
    await this.#deadLetters.copy(Number.POSITIVE_INFINITY);
    await this.#pool.end();
  }

  /**
   * Takes the partitions of an assignment: draws their epochs, and compares where the group stands with what was read.
   * Waits while the database is away.
   */
  async assigned(partitions: readonly AssignedPartition[], signal: AbortSignal): Promise<void> {
    this.#held.clear();
    this.#waits.forget('assignment');
    const inOrder = [...partitions].sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
    await this.#waits.untilBack('the database', 'assignment', { signal }, async () => {
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
        this.#held.set(partitionKey(at), { generation, epoch, position: at.beginOffset, fresh: true });
        const { topic, partition } = at;
        this.#options.say('projection.assigned', { topic, partition, from: at.beginOffset, reached });
      }
      for (const known of await readPartitions(this.#pool, schema, generation)) {
        const begin = this.#held.get(partitionKey(known))?.position ?? 0;
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
    this.#waits.forget('assignment');
    this.#joined = false;
  }

  /** The consumer's session has ended by itself (or did not begin), and the consumer joins again. */
  failed(error: Error, retryInMs: number): void {
    this.#held.clear();
    this.#joined = false;
    this.#waits.forgetAll();
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
    const held = this.#held.get(partitionKey(batch));
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
      this.#waits.forget(partitionKey(batch));
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
        await this.#waits.untilBack('the registry', partitionKey(batch), batch, () =>
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
      const written = await this.#waits.untilBack('the database', partitionKey(batch), batch, () =>
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
      if (written.parked.length > 0) void this.#deadLetters.copy();
      if (written.next > from) {
        const tookMs = Math.round(performance.now() - startedAt);
        this.#options.say('projection.batch', {
          ...{ topic, partition, messages: messages.length, rows: written.rows, next: written.next, tookMs },
        });
        return written.next;
      }
      await this.#untilRoom(batch, held.generation);
    }
  }

  /** Waits until fewer orders are parked than the limit; the group stays as it is. */
  async #untilRoom(batch: ReceivedBatch, generation: number): Promise<void> {
    const limit = this.#options.parkedLimit;
    let said = false;
    for (;;) {
      const parked = await this.#waits.untilBack('the database', partitionKey(batch), batch, () =>
        countParkedStreams(this.#pool, this.definition.schema, generation),
      );
      if (parked < limit) return;
      if (!said) this.#options.say('projection.too-many-parked', { parked, limit });
      said = true;
      await pause(LOOK_EVERY_MS, batch.signal);
      await batch.heartbeat();
      if (batch.isStopping()) throw new Error('stopped while too many orders are parked');
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
    const [partitions, parkedOrders, unknownTypes] = await Promise.all([
      readPartitions(this.#pool, schema, stored.generation),
      countParkedStreams(this.#pool, schema, stored.generation),
      readUnknownTypes(this.#pool, schema, stored.generation),
    ]);
    const kafkaAway = await this.#lookAtEnds();
    const shown = partitionsOf(partitions, this.#ends);
    const lag = lagOf(shown);
    const incomplete = partitions.flatMap(({ topic, partition, holes }) =>
      holes.map((hole) => ({ topic, partition, ...hole })),
    );
    const parked = { orders: parkedOrders, limit: this.#options.parkedLimit };
    const [state, reason] = stateOf({
      ...{ stopped: stored.stopped, failure: this.#failure, parked },
      joining: !joined || partitions.some((one) => one.untaken),
      replaying: partitions.some((one) => one.replaying),
      holes: incomplete.length,
    });
    this.#meter.sample(leftOf(partitions, lag), performance.now());
    return {
      ...{ name, generation: stored.generation, state, reason, lag },
      partitions: shown,
      progress: this.#meter.read(),
      incomplete,
      waitingFor: [...this.#waits.list(), ...(kafkaAway === undefined ? [] : [kafkaAway])],
      ...{ parked, unknownTypes },
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
          const [wait] = this.#waits.list();
          if (wait) throw new Error(`waits for ${wait.what} since ${wait.since}: ${wait.error}`);
        },
      },
    ];
  }

  /** Looks at the ends of the topics: never at remembered ones, or a lag of 0 would be a lie. @returns where Kafka is away */
  async #lookAtEnds(): Promise<Wait | undefined> {
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

  async #lookOn(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const { stopped } = await readProjection(this.#pool, this.definition.schema, this.definition.name);
        await this.#turn(stopped);
        await this.status();
        await this.#deadLetters.copy(DEAD_LETTERS_EVERY_MS);
      } catch (error) {
        // Whoever holds a batch says that the part is away, and /health/ready does. It is looked at again.
        if (!isPartAway(error) && !isDatabaseTrouble(error)) throw error;
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
}
