import { Module, type DynamicModule, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { BatchServer, PlainProducer, SchemaRegistry } from '@orderlog/kafka';
import { topicNames } from '@orderlog/order-contract';
import { KafkaView, measure, ProjectionRuntime } from '@orderlog/projection';
import { describeError, Health, Metrics } from '@orderlog/service-kit';
import pg from 'pg';
import { RevenueController, RevenueDatabase } from './answering-revenue/revenue.controller.js';
import type { Config } from './config.js';
import { CountBatchesController } from './counting-revenue/count-batches.controller.js';
import { orderEvents } from './counting-revenue/order-events.js';
import { revenue, type CountedEvent } from './counting-revenue/revenue.projection.js';
import { ProjectionController } from './operating/projection.controller.js';
import { log } from './signals.js';

const NAME = 'revenue-projection';

/** Closes what the app holds, after the last request and the last batch. */
class Ending implements OnModuleDestroy, OnApplicationShutdown {
  constructor(
    private readonly runtime: ProjectionRuntime<CountedEvent>,
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
    const { events } = topicNames(config.topicPrefix);
    const group = `${config.topicPrefix}${NAME}`;
    const view = new KafkaView(config.kafka);
    const deadLetters = new PlainProducer(config.kafka);
    const runtime = new ProjectionRuntime<CountedEvent>({
      definition: revenue(NAME, orderEvents(events, new SchemaRegistry({ url: config.registryUrl }))),
      connectionString: config.databaseUrl,
      group,
      view,
      deadLetters: { topic: `${group}.dlq`, send: (topic, letters) => deadLetters.send(topic, letters) },
      say: log as never,
      parkedLimit: config.parkedLimit,
      connections: config.poolSize,
    });
    const server = new BatchServer({
      connection: config.kafka,
      topics: { events },
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
      controllers: [RevenueController, ProjectionController, CountBatchesController],
      providers: [
        { provide: ProjectionRuntime, useValue: runtime },
        { provide: BatchServer, useValue: server },
        { provide: RevenueDatabase, useValue: new RevenueDatabase(pool) },
        {
          provide: Ending,
          inject: [Health, Metrics],
          useFactory: (health: Health, metrics: Metrics) => {
            for (const check of runtime.checks()) health.add(check);
            measure(runtime, metrics);
            return new Ending(runtime, [deadLetters, view, { close: () => pool.end() }]);
          },
        },
      ],
    };
  }
}
