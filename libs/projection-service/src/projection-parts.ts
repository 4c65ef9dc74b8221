import type { OnApplicationShutdown, OnModuleDestroy, Provider, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BatchServer, PlainProducer, type KafkaConnection } from '@orderlog/kafka';
import {
  KafkaView,
  measure,
  isOfKafka,
  isPartAway,
  ProjectionRuntime,
  type Definition,
  type projectionSignals,
} from '@orderlog/projection';
import {
  describeError,
  Health,
  Metrics,
  unavailable,
  type AnySignalLog,
  type Problem,
  type RunningService,
  type SignalLog,
} from '@orderlog/service-kit';
import pg from 'pg';
import { ProjectionController } from './projection.controller.js';

export interface ProjectionApp<Event> {
  /** Also its group's, behind the prefix. */
  name: string;
  config: {
    databaseUrl: string;
    /** Connections that write. */
    poolSize: number;
    /** Connections that answer. */
    readPoolSize: number;
    readTimeoutMs: number;
    parkedLimit: number;
    kafka: KafkaConnection;
    topicPrefix: string;
  };
  /** Its list of signals has those of a projection. */
  log: AnySignalLog & { readonly signals: typeof projectionSignals };
  /** By the names that its batch handlers know them by. */
  topics: Record<string, string>;
  definition: Definition<Event>;
  /** What else it holds: closed after the last batch. */
  holds?: { close(): Promise<void> }[];
}

/** Closes what the app holds, after the last request and the last batch. */
class Ending implements OnModuleDestroy, OnApplicationShutdown {
  constructor(
    private readonly runtime: ProjectionRuntime<unknown>,
    private readonly others: { close(): Promise<void> }[],
  ) {}
  onModuleDestroy(): void {
    this.runtime.leave();
  }
  async onApplicationShutdown(): Promise<void> {
    await this.runtime.close();
    await Promise.allSettled(this.others.map((other) => other.close()));
  }
}

/** What an app's module joins to its own parts. `pool` is for its answers: a question cannot hold up what is written. */
export function projectionParts<Event>({ name, config, log, topics, definition, holds = [] }: ProjectionApp<Event>): {
  controllers: Type[];
  providers: Provider[];
  pool: pg.Pool;
} {
  const say = log as unknown as SignalLog<typeof projectionSignals>;
  const group = `${config.topicPrefix}${name}`;
  const view = new KafkaView(config.kafka);
  const deadLetters = new PlainProducer(config.kafka);
  const runtime = new ProjectionRuntime<Event>({
    definition,
    connectionString: config.databaseUrl,
    group,
    view,
    deadLetters: { topic: `${group}.dlq`, send: (topic, letters) => deadLetters.send(topic, letters) },
    say: say as never,
    parkedLimit: config.parkedLimit,
    connections: config.poolSize,
  });
  const server = new BatchServer({
    connection: config.kafka,
    topics,
    ...runtime.consumerOptions(),
    onFatal: (error) => {
      say('projection.gave-up', { error: describeError(error) });
      process.exit(1);
    },
  });
  const pool = new pg.Pool({
    connectionString: config.databaseUrl,
    application_name: name,
    max: config.readPoolSize,
    connectionTimeoutMillis: 5_000,
    statement_timeout: config.readTimeoutMs,
    query_timeout: config.readTimeoutMs + 1_000,
  });
  // An idle connection that breaks is replaced at the next use; whoever needs it then hears of it.
  pool.on('error', () => undefined);
  return {
    pool,
    controllers: [ProjectionController],
    providers: [
      { provide: ProjectionRuntime, useValue: runtime },
      { provide: BatchServer, useValue: server },
      {
        provide: Ending,
        inject: [Health, Metrics],
        useFactory: (health: Health, metrics: Metrics) => {
          for (const check of runtime.checks()) health.add(check);
          measure(runtime, metrics);
          return new Ending(runtime, [...holds, deadLetters, view, { close: () => pool.end() }]);
        },
      },
    ],
  };
}

/** The transports of a projection's service, for `startService`. */
export const batchTransports = (app: NestFastifyApplication): BatchServer[] => [app.get(BatchServer)];

/** Lets batches in, once the service listens. */
export const openProjection = ({ app }: RunningService): void => app.get(ProjectionRuntime).open(app.get(BatchServer));

/** The database or Kafka is away, or too slow: an answer of its own, so that nobody takes it for a fault of the question. */
export function partAway(error: unknown): Problem | undefined {
  if (!isPartAway(error)) return undefined;
  const [part, setting] = isOfKafka(error) ? ['Kafka', 'KAFKA_BROKERS'] : ['Postgres', 'the database’s URL'];
  const detail = `${part} is away, or too slow, and this answer needs it. Is it running, and ${setting} of this service right? Then try again.`;
  return unavailable('part-away', detail, { cause: error });
}
