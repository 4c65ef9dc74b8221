import { Module, type DynamicModule } from '@nestjs/common';
import { SchemaRegistry } from '@orderlog/kafka';
import { topicNames } from '@orderlog/order-contract';
import { projectionParts } from '@orderlog/projection-service';
import { Metrics } from '@orderlog/service-kit';
import { AuditController, AuditDatabase } from './answering-audit/audit.controller.js';
import { CheckpointsController } from './checkpoints/checkpoints.controller.js';
import { Checkpoints } from './checkpoints/checkpoints.js';
import type { Config } from './config.js';
import { log } from './signals.js';
import { audit } from './watching-facts/audit.projection.js';
import { attemptsOf, factsOf } from './watching-facts/topics-watched.js';
import { WatchBatchesController } from './watching-facts/watch-batches.controller.js';

const NAME = 'audit-projection';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    const { events, attempts, checkpoints: topic } = topicNames(config.topicPrefix);
    const registry = new SchemaRegistry({ url: config.registryUrl });
    const checkpoints = new Checkpoints({
      ...{ databaseUrl: config.databaseUrl, kafka: config.kafka, registry, topic },
      ...{ key: config.signingKey, origin: config.origin },
      ...{ everyFacts: config.checkpointEveryFacts, everyMs: config.checkpointEveryMs },
    });
    const projection = projectionParts({
      ...{ name: NAME, config, log, topics: { events, attempts }, holds: [checkpoints] },
      definition: audit(NAME, [factsOf(events, registry), attemptsOf(attempts, registry)]),
    });
    return {
      module: AppModule,
      controllers: [AuditController, CheckpointsController, WatchBatchesController, ...projection.controllers],
      providers: [
        ...projection.providers,
        { provide: AuditDatabase, useValue: new AuditDatabase(projection.pool) },
        {
          provide: Checkpoints,
          inject: [Metrics],
          useFactory: (metrics: Metrics) => {
            metrics.gauge('audit_checkpoint_facts', 'facts under the latest checkpoint', [], () => checkpoints.size);
            return checkpoints;
          },
        },
      ],
    };
  }
}
