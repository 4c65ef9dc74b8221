import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { FencedProducer, type KafkaConnection } from '@orderlog/kafka';
import { PARTITIONS, topicDefinitions } from '@orderlog/order-contract';
import pg from 'pg';
import { measureBacklog, type PartitionBacklog } from './backlog/measure-backlog.sql.js';
import type { HeldLease } from './leasing-partitions/held-lease.js';
import { isOfPostgres } from './leasing-partitions/is-of-postgres.js';
import { Leases } from './leasing-partitions/leases.js';
import { IdlePoll } from './sending-rows/idle-poll.js';
import { PartitionSender, type SenderReport } from './sending-rows/partition-sender.js';
import { SettledSeqs } from './sending-rows/settled-seqs.js';
import { log } from './signals.js';
import { TopicsWatch } from './watching-topics/topics-watch.js';
import { OutboxUpkeep } from './tending-the-outbox/outbox-upkeep.js';

export interface RelayOptions {
  databaseUrl: string;
  kafka: KafkaConnection;
  topicPrefix: string;
  leaseMs: number;
  sendDeadlineMs: number;
  requestBytes: number;
  idlePollMs: number;
  writersLimitMs: number;
  keepDrainedMinutes: number;
  compression: 'none' | 'gzip';
  /** How often all is read from the beginning. Default 60,000. */
  sweepEveryMs?: number;
}

/** What one held partition is doing. */
export interface PartitionStatus {
  partition: number;
  token: number;
  leaseRemainingMs: number;
  state: 'sending' | 'retrying' | 'blocked';
  why: string | null;
}

const backlogKeptMs = 1_000;

/**
 * The relay: holds its share of the partitions, sends what waits for them, and forgets what Kafka has. Nothing here decides
 * alone: whose a partition is stands in Postgres, and who may speak for it in Kafka.
 */
export class Relay {
  /** A new name at each start: what a former process of the same host held is past, and not ours. */
  readonly name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly counts = { sent: new Map<number, number>(), fenced: 0 };
  /** For leases and polls: small, and never waited for behind senders. */
  private readonly pool: pg.Pool;
  private readonly sendersPool: pg.Pool;
  private readonly producer: FencedProducer;
  private readonly leases: Leases;
  private readonly poll: IdlePoll;
  private readonly upkeep: OutboxUpkeep;
  private readonly settled: SettledSeqs;
  private readonly topics: TopicsWatch;
  private readonly senders = new Map<HeldLease, PartitionSender>();
  private readonly kafkaAway = new Map<number, number>();
  private postgresAwaySince: number | undefined;
  private measured: { at: number; backlog: Promise<PartitionBacklog[]> } | undefined;

  constructor(private readonly options: RelayOptions) {
    this.pool = openPool(options.databaseUrl, 3);
    this.sendersPool = openPool(options.databaseUrl, 8);
    this.producer = new FencedProducer({
      connection: options.kafka,
      deadlineMs: options.sendDeadlineMs,
      compression: options.compression,
    });
    this.settled = new SettledSeqs(options.writersLimitMs * 1.5);
    this.topics = new TopicsWatch(options.kafka, topicDefinitions(options.topicPrefix), (differences) =>
      differences.length > 0 ? log('relay.topics-differ', { differences }) : log('relay.topics-as-they-should-be'),
    );
    const onAway = (error: Error) => this.postgresIsAway(error);
    const onAnswered = () => this.postgresAnswers();
    this.poll = new IdlePoll(this.pool, this.settled, { longestMs: options.idlePollMs, onAway, onAnswered });
    this.upkeep = new OutboxUpkeep(this.pool, {
      keepDrainedMinutes: options.keepDrainedMinutes,
      onDropped: (child) => log('relay.child-dropped', { child }),
      onAway,
    });
    this.leases = new Leases(this.pool, {
      relay: this.name,
      leaseMs: options.leaseMs,
      partitions: PARTITIONS,
      onTaken: (lease) => this.taken(lease),
      onLost: (lease) => {
        this.forget(lease);
        log('relay.lease-lost', { partition: lease.partition });
      },
      settled: async (lease) => this.senders.get(lease)?.done,
      onReleased: (lease, because) => {
        this.forget(lease);
        log('relay.lease-released', { partition: lease.partition, because });
      },
      onAway,
      onAnswered,
    });
  }

  start(): void {
    this.leases.start();
    this.upkeep.start();
    this.topics.start();
  }

  /** Ends what is under way, gives the partitions back, closes. */
  async stop(): Promise<void> {
    await this.leases.stop();
    await Promise.all([...this.senders.values()].map(({ done }) => done));
    await Promise.all([this.poll.stop(), this.upkeep.stop(), this.topics.stop()]);
    await this.producer.close();
    await Promise.all([this.pool.end(), this.sendersPool.end()]);
  }

  status(): PartitionStatus[] {
    return this.leases.all().map((lease) => {
      const sender = this.senders.get(lease);
      const state = sender?.blocked ? 'blocked' : sender?.failing ? 'retrying' : 'sending';
      const why = sender?.blocked
        ? `${sender.blocked.reason} for ${sender.blocked.row.record.topic}, key ${sender.blocked.row.record.key}, seq ${sender.blocked.row.seq}`
        : (sender?.failing?.message ?? null);
      const { partition, token } = lease;
      return { partition, token, leaseRemainingMs: Math.round(lease.remainingMs), state, why };
    });
  }

  /** What is wrong with the topics, a sentence each; undefined while nobody could look. */
  topicDifferences(): readonly string[] | undefined {
    return this.topics.differences;
  }

  /** What waits for the partitions that this relay holds; asked once a second at most. */
  async backlog(): Promise<PartitionBacklog[]> {
    if (!this.measured || performance.now() - this.measured.at > backlogKeptMs) {
      const held = [...this.senders.values()].map(({ lease, mark }) => ({ partition: lease.partition, mark }));
      this.measured = { at: performance.now(), backlog: measureBacklog(this.pool, held) };
      this.measured.backlog.catch(() => {
        this.measured = undefined;
      });
    }
    return this.measured.backlog;
  }

  async askPostgres(): Promise<void> {
    await this.pool.query('select');
  }

  private taken(lease: HeldLease): void {
    log('relay.lease-taken', { partition: lease.partition, token: lease.token });
    const { topicPrefix, requestBytes, sendDeadlineMs } = this.options;
    const sender = new PartitionSender(lease, {
      pool: this.sendersPool,
      producer: this.producer,
      identity: `${topicPrefix}relay-${lease.partition}`,
      settled: this.settled,
      requestBytes,
      sendDeadlineMs,
      sweepEveryMs: this.options.sweepEveryMs ?? 60_000,
      report: this.report,
      nextRows: (idle) => this.poll.nextRows(idle),
    });
    this.senders.set(lease, sender);
  }

  private forget(lease: HeldLease): void {
    this.senders.delete(lease);
    this.kafkaAway.delete(lease.partition);
  }

  private readonly report: SenderReport = {
    sent: ({ partition }, { rows, bytes }) => {
      this.counts.sent.set(partition, (this.counts.sent.get(partition) ?? 0) + rows.length);
      log('relay.sent', { partition, rows: rows.length, bytes, lastSeq: rows.at(-1)?.seq });
    },
    fenced: ({ partition }) => {
      this.counts.fenced++;
      log('relay.fenced', { partition });
    },
    kafkaAway: ({ partition }, error) => {
      if (this.kafkaAway.size === 0) log('relay.kafka-away', { partition, error });
      if (!this.kafkaAway.has(partition)) this.kafkaAway.set(partition, Date.now());
    },
    kafkaAnswered: ({ partition }) => {
      const since = this.kafkaAway.get(partition);
      if (since === undefined) return;
      this.kafkaAway.delete(partition);
      if (this.kafkaAway.size === 0) log('relay.kafka-back', { awayMs: Date.now() - since });
    },
    postgresAway: (error) => this.postgresIsAway(error),
    postgresAnswered: () => this.postgresAnswers(),
    lateRow: ({ partition }, { seq }) => log('relay.late-row', { partition, seq }),
    unexpected: ({ partition }, error, retryInMs) => log('relay.unexpected', { partition, error, retryInMs }),
    blocked: ({ partition }, { row, reason }, retryInMs) => {
      const { topic, key } = row.record;
      log('relay.blocked', { partition, seq: row.seq, topic, key, reason, retryInMs });
    },
    unblocked: ({ partition }, { row, sinceMs }) => {
      log('relay.unblocked', { partition, seq: row.seq, blockedMs: Date.now() - sinceMs });
    },
  };

  private postgresIsAway(error: Error): void {
    if (!isOfPostgres(error)) {
      log('relay.unexpected', { partition: null, error, retryInMs: null });
      return;
    }
    if (this.postgresAwaySince !== undefined) return;
    this.postgresAwaySince = Date.now();
    log('relay.postgres-away', { error });
  }

  private postgresAnswers(): void {
    if (this.postgresAwaySince === undefined) return;
    log('relay.postgres-back', { awayMs: Date.now() - this.postgresAwaySince });
    this.postgresAwaySince = undefined;
  }
}

function openPool(connectionString: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    application_name: 'outbox-relay',
    connectionTimeoutMillis: 3_000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    keepAlive: true,
    // A plan that is made while a child is empty must still be the right one when it is full.
    options: '-c enable_seqscan=off -c enable_bitmapscan=off -c jit=off -c plan_cache_mode=force_generic_plan',
  });
  pool.on('error', () => undefined); // an idle connection has broken: the next query says what there is to say
  return pool;
}
