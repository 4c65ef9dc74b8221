import { Module, type DynamicModule, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { BatchServer, PlainProducer, SchemaRegistry } from '@orderlog/kafka';
import { topicNames } from '@orderlog/order-contract';
import { KafkaView, measure, ProjectionRuntime } from '@orderlog/projection';
import { describeError, Health, Metrics } from '@orderlog/service-kit';
import pg from 'pg';
import { AuditController, AuditDatabase } from './answering-audit/audit.controller.js';
import { CheckpointsController } from './checkpoints/checkpoints.controller.js';
import { Checkpoints } from './checkpoints/checkpoints.js';
import type { Config } from './config.js';
import { ProjectionController } from './operating/projection.controller.js';
import { log } from './signals.js';
import { audit, type Watched } from './watching-facts/audit.projection.js';
import { attemptsOf, factsOf } from './watching-facts/topics-watched.js';
import { WatchBatchesController } from './watching-facts/watch-batches.controller.js';

const NAME = 'audit-projection';

/** Closes what the app holds, after the last request and the last batch. */
class Ending implements OnModuleDestroy, OnApplicationShutdown {
  constructor(
    private readonly runtime: ProjectionRuntime<Watched>,
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

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    const { events, attempts, checkpoints: checkpointsTopic } = topicNames(config.topicPrefix);
    const group = `${config.topicPrefix}${NAME}`;
    const view = new KafkaView(config.kafka);
    const deadLetters = new PlainProducer(config.kafka);
    const registry = new SchemaRegistry({ url: config.registryUrl });
    const runtime = new ProjectionRuntime<Watched>({
      definition: audit(NAME, [factsOf(events, registry), attemptsOf(attempts, registry)]),
      connectionString: config.databaseUrl,
      group,
      view,
      deadLetters: { topic: `${group}.dlq`, send: (topic, letters) => deadLetters.send(topic, letters) },
      say: log as never,
      parkedLimit: config.parkedLimit,
      connections: config.poolSize,
    });
    const checkpoints = new Checkpoints({
      ...{ databaseUrl: config.databaseUrl, kafka: config.kafka, registry, topic: checkpointsTopic },
      ...{ key: config.signingKey, origin: config.origin },
      ...{ everyFacts: config.checkpointEveryFacts, everyMs: config.checkpointEveryMs },
    });
    const server = new BatchServer({
      connection: config.kafka,
      topics: { events, attempts },
      ...runtime.consumerOptions(),
      onFatal: (error) => {
        log('projection.gave-up', { error: describeError(error) });
        process.exit(1);
      },
    });
    const pool = new pg.Pool({
      connectionString: config.databaseUrl,
      application_name: NAME,
      max: config.readPoolSize,
      connectionTimeoutMillis: 5_000,
      statement_timeout: config.readTimeoutMs,
      query_timeout: config.readTimeoutMs + 1_000,
    });
    // An idle connection that breaks is replaced at the next use; whoever needs it then hears of it.
    pool.on('error', () => undefined);
    return {
      module: AppModule,
      controllers: [AuditController, CheckpointsController, ProjectionController, WatchBatchesController],
      providers: [
        { provide: ProjectionRuntime, useValue: runtime },
        { provide: BatchServer, useValue: server },
        { provide: Checkpoints, useValue: checkpoints },
        { provide: AuditDatabase, useValue: new AuditDatabase(pool) },
        {
          provide: Ending,
          inject: [Health, Metrics],
          useFactory: (health: Health, metrics: Metrics) => {
            for (const check of runtime.checks()) health.add(check);
            measure(runtime, metrics);
            metrics.gauge('audit_checkpoint_facts', 'facts under the latest checkpoint', [], () => checkpoints.size);
            return new Ending(runtime, [checkpoints, deadLetters, view, { close: () => pool.end() }]);
          },
        },
      ],
    };
  }
}
