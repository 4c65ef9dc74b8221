import type { Admin, Batch, Consumer, EachBatchPayload } from 'kafkajs';
import { kafkaClient } from '../connection.js';
import type { KafkajsError } from '../inside-kafkajs.js';
import { Assignment, partitionKey } from './assignment.js';
import type { BatchConsumer, BatchConsumerOptions, ConsumerState } from './batch-consumer.js';
import { beginningOf } from './beginning.js';
import {
  AssignmentLost,
  type AssignedPartition,
  type ReceivedBatch,
  type ReceivedMessage,
  type TopicPartition,
} from './received-batch.js';

/** kafkajs neither fetches nor beats, and no handler is at work: it has stopped without a word (threads 659, 1443, 1721). */
export class ConsumerSilent extends Error {
  constructor(groupId: string, silentMs: number) {
    super(`the consumer of ${groupId} has done nothing for ${silentMs} ms`);
    this.name = 'ConsumerSilent';
  }
}

/** One session: from joining the group to leaving it. kafkajs's consumer is not used again after its session. */
interface Session {
  consumer: Consumer;
  admin: Admin;
  assignment?: Assignment;
  watchdog: NodeJS.Timeout;
  lastSign: number;
  /** Resolves with the first assignment, rejects where it never came. */
  joined: PromiseWithResolvers<void>;
  over: boolean;
}

const commitAttempts = 3;

/**
 * How long the first group of a fresh broker may take: Kafka makes the topic of offsets then, and says meanwhile that the
 * coordinator loads. It is longer than kafkajs's own retries last.
 */
const coordinatorLoadsWithinMs = 30_000;

export class KafkajsBatchConsumer implements BatchConsumer {
  private current: Session | undefined;
  private status: ConsumerState = 'stopped';
  private leaving: Promise<void> | undefined;
  private allPaused = false;
  private readonly paused = new Set<string>();

  constructor(private readonly options: BatchConsumerOptions) {}

  get state(): ConsumerState {
    return this.status;
  }

  assigned(): AssignedPartition[] {
    return this.current?.assignment?.assigned ?? [];
  }

  async start(): Promise<void> {
    const giveUpAt = Date.now() + coordinatorLoadsWithinMs;
    for (;;) {
      try {
        return await this.join();
      } catch (error) {
        const loads = (error as KafkajsError).type === 'GROUP_LOAD_IN_PROGRESS';
        if (!loads || this.status !== 'failed' || Date.now() > giveUpAt) throw error;
      }
    }
  }

  private async join(): Promise<void> {
    if (this.status !== 'stopped' && this.status !== 'failed') throw new Error(`the consumer is ${this.status}`);
    await this.leaving;
    this.status = 'starting';
    const session = this.openSession();
    this.current = session;
    try {
      const { consumer, admin } = session;
      await Promise.all([consumer.connect(), admin.connect()]);
      await consumer.subscribe({ topics: [...this.options.topics], fromBeginning: this.options.fromBeginning ?? true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: this.options.partitionsConsumedConcurrently ?? 1,
        eachBatch: (payload) => this.receive(session, payload),
      });
      await session.joined.promise;
    } catch (error) {
      if (!session.over) {
        this.status = 'failed';
        await this.leave(session);
      }
      throw error;
    }
  }

  async stop(): Promise<void> {
    const session = this.current;
    if (!session || this.status === 'stopped' || this.status === 'failed') {
      await this.leaving;
      this.status = 'stopped';
      return;
    }
    if (this.status !== 'stopping') {
      this.status = 'stopping';
      session.joined.reject(new Error('the consumer was stopped before it had joined'));
      const tooLong = setTimeout(() => session.assignment?.end(), this.options.drainLimitMs ?? 10_000);
      this.leaving = this.leave(session).finally(() => {
        clearTimeout(tooLong);
        this.status = 'stopped';
      });
    }
    await this.leaving;
  }

  pause(partitions?: readonly TopicPartition[]): void {
    if (partitions) for (const one of partitions) this.paused.add(partitionKey(one));
    else this.allPaused = true;
    this.applyPauses();
  }

  resume(partitions?: readonly TopicPartition[]): void {
    if (partitions) for (const one of partitions) this.paused.delete(partitionKey(one));
    else {
      this.allPaused = false;
      this.paused.clear();
    }
    this.applyPauses();
  }

  private openSession(): Session {
    const { options } = this;
    const sessionTimeoutMs = options.sessionTimeoutMs ?? 30_000;
    const maxWaitMs = options.maxWaitMs ?? 250;
    const client = kafkaClient(options.connection);
    const consumer = client.consumer({
      groupId: options.groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(60_000, sessionTimeoutMs),
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 4)),
      maxBytesPerPartition: options.maxBytesPerPartition ?? 1_048_576,
      maxWaitTimeInMs: maxWaitMs,
      allowAutoTopicCreation: false,
      metadataMaxAge: 60_000,
      // kafkajs must not start itself again: it would go on with what it remembers, beside what we do about the failure.
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5, restartOnFailure: async () => false },
    });
    const session: Session = {
      consumer,
      admin: client.admin(),
      joined: Promise.withResolvers<void>(),
      lastSign: Date.now(),
      over: false,
      watchdog: setInterval(() => this.watch(session, 2 * sessionTimeoutMs + maxWaitMs), 1_000).unref(),
    };
    session.joined.promise.catch(() => undefined); // start() may have failed earlier, and nobody waits then
    const sign = () => {
      session.lastSign = Date.now();
    };
    consumer.on(consumer.events.FETCH, sign);
    consumer.on(consumer.events.HEARTBEAT, sign);
    consumer.on(consumer.events.REBALANCING, () => session.assignment?.end());
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      sign();
      this.joined(session, payload.memberAssignment);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) =>
      this.fail(session, payload.error, !mayHelpToStartAgain(payload.error)),
    );
    return session;
  }

  /** Runs within kafkajs's join, before it fetches: nothing of the new assignment is fetched until it is resumed. */
  private joined(session: Session, memberAssignment: Record<string, number[]>): void {
    const older = session.assignment;
    older?.end();
    const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    const assignment = new Assignment(partitions);
    session.assignment = assignment;
    session.consumer.pause(byTopic(partitions));
    this.begin(session, assignment, older).then(
      () => {
        if (assignment.ended || session.over) return;
        if (this.status === 'starting') this.status = 'running';
        session.joined.resolve();
      },
      (error: Error) => {
        if (!assignment.ended) this.fail(session, error, false);
      },
    );
  }

  private async begin(session: Session, assignment: Assignment, older: Assignment | undefined): Promise<void> {
    if (older) {
      await older.settled();
      await this.options.onRevoked?.(older.partitions);
    }
    if (assignment.ended) return;
    const { groupId, fromBeginning = true, onAssigned } = this.options;
    const assigned = await beginningOf(session.admin, groupId, assignment.partitions, fromBeginning);
    if (assignment.ended) return;
    const elsewhere = (await onAssigned?.(assigned, assignment.signal)) ?? [];
    if (assignment.ended || session.over) return;
    for (const { topic, partition, beginOffset } of assigned) {
      const wanted = elsewhere.find((one) => one.topic === topic && one.partition === partition)?.offset ?? beginOffset;
      session.consumer.seek({ topic, partition, offset: String(wanted) });
    }
    assignment.assigned = assigned;
    this.applyPauses();
  }

  private applyPauses(): void {
    const session = this.current;
    const assigned = session?.assignment?.assigned ?? [];
    if (!session || session.over || assigned.length === 0 || session.assignment?.ended) return;
    const held = (one: TopicPartition) => this.allPaused || this.paused.has(partitionKey(one));
    session.consumer.pause(byTopic(assigned.filter(held)));
    session.consumer.resume(byTopic(assigned.filter((one) => !held(one))));
  }

  private async receive(session: Session, payload: EachBatchPayload): Promise<void> {
    const { assignment } = session;
    if (!assignment || assignment.ended || session.over) return;
    let lost: unknown;
    await assignment.run(async () => {
      const { batch } = payload;
      const received = this.receivedBatch(assignment, payload, (cause) => {
        lost = cause;
        assignment.end();
      });
      let answer: number | void;
      try {
        answer = await this.options.handle(received);
      } catch (error) {
        if (!assignment.ended) this.fail(session, error as Error, false);
        return;
      }
      const next = answer ?? received.nextOffset;
      try {
        if (await this.commit(assignment, payload, next)) goOnFrom(session.consumer, payload, received, next);
      } catch (error) {
        if (assignment.ended) return;
        if (isAboutMembership(error)) {
          lost = error;
          assignment.end();
        } else
          this.fail(
            session,
            new Error(`offset ${next} of ${partitionKey(batch)} was not committed`, { cause: error }),
            false,
          );
      }
    });
    if (lost !== undefined) throw lost as Error; // kafkajs joins again
  }

  private receivedBatch(
    assignment: Assignment,
    payload: EachBatchPayload,
    onLost: (cause: unknown) => void,
  ): ReceivedBatch {
    const { topic, partition, highWatermark } = payload.batch;
    const { fetchedOffset } = payload.batch as Batch & { fetchedOffset: string };
    return {
      topic,
      partition,
      fetchedOffset: Number(fetchedOffset),
      nextOffset: Number(payload.batch.lastOffset()) + 1,
      highWatermark: Number(highWatermark),
      messages: payload.batch.messages.map(receivedMessage),
      signal: assignment.signal,
      isStale: () => assignment.ended,
      isStopping: () => this.status === 'stopping',
      heartbeat: async () => {
        if (!assignment.ended) await payload.heartbeat().catch(onLost);
        if (assignment.ended) throw new AssignmentLost(topic, partition);
      },
    };
  }

  /** @returns whether it was: not once the assignment has ended, because the offset is another member's to move then */
  private async commit(assignment: Assignment, payload: EachBatchPayload, next: number): Promise<boolean> {
    const { topic, partition } = payload.batch;
    for (let attempt = 1; !assignment.ended; attempt++) {
      try {
        await payload.commitOffsetsIfNecessary({
          topics: [{ topic, partitions: [{ partition, offset: String(next) }] }],
        });
        return !assignment.ended;
      } catch (error) {
        if (isAboutMembership(error) || attempt === commitAttempts) throw error;
      }
      await new Promise((again) => setTimeout(again, 100 * attempt));
    }
    return false;
  }

  private watch(session: Session, limitMs: number): void {
    const silentMs = Date.now() - session.lastSign;
    if (this.status !== 'running' || session.assignment?.busy) session.lastSign = Date.now();
    else if (silentMs > limitMs) this.fail(session, new ConsumerSilent(this.options.groupId, silentMs), false);
  }

  private fail(session: Session, error: Error, fatal: boolean): void {
    if (session.over || this.status === 'stopping' || this.status === 'failed') return;
    const starting = this.status === 'starting';
    this.status = 'failed';
    session.assignment?.end();
    this.leaving = this.leave(session).then(() => {
      if (starting) session.joined.reject(error);
      else this.options.onFailure(error, fatal);
    });
  }

  /** Never throws: a member that cannot say goodbye is missed after its session timeout. */
  private async leave(session: Session): Promise<void> {
    session.over = true;
    clearInterval(session.watchdog);
    await atMost((this.options.drainLimitMs ?? 10_000) + 5_000, session.consumer.disconnect());
    const { assignment } = session;
    assignment?.end();
    await atMost(5_000, session.admin.disconnect());
    if (this.current === session) this.current = undefined;
    if (!assignment) return;
    await atMost(5_000, assignment.settled());
    await atMost(5_000, Promise.resolve(this.options.onRevoked?.(assignment.partitions)));
  }
}

/** Waits for what is not worth failing for: neither its error nor its slowness may keep us. */
async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, limitMs);
  await Promise.race([work.catch(() => undefined), limit.promise]);
  clearTimeout(timer);
}

const receivedMessage = (message: Batch['messages'][number]): ReceivedMessage => ({
  offset: Number(message.offset),
  key: message.key,
  value: message.value,
  headers: message.headers ?? {},
  timestamp: Number(message.timestamp) * 1000,
});

function goOnFrom(consumer: Consumer, payload: EachBatchPayload, received: ReceivedBatch, next: number): void {
  const { topic, partition, fetchedOffset, nextOffset } = received;
  if (next > fetchedOffset && next <= nextOffset) payload.resolveOffset(String(next - 1));
  else if (next !== fetchedOffset) consumer.seek({ topic, partition, offset: String(next) });
}

function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const topics = Map.groupBy(partitions, ({ topic }) => topic);
  return [...topics].map(([topic, ones]) => ({ topic, partitions: ones.map(({ partition }) => partition) }));
}

const membership = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
]);
const isAboutMembership = (error: unknown): boolean => membership.has((error as KafkajsError).type ?? '');

/** Brokers that were away for longer than kafkajs tries; anything else is a state that nobody has looked into. */
function mayHelpToStartAgain(error: KafkajsError): boolean {
  if (error.name === 'KafkaJSNumberOfRetriesExceeded' || error.retriable === true) return true;
  return error.cause instanceof Error && mayHelpToStartAgain(error.cause);
}
