import { Module, type DynamicModule } from '@nestjs/common';
import { SchemaRegistry } from '@orderlog/kafka';
import { topicNames } from '@orderlog/order-contract';
import { projectionParts } from '@orderlog/projection-service';
import { RevenueController, RevenueDatabase } from './answering-revenue/revenue.controller.js';
import type { Config } from './config.js';
import { CountBatchesController } from './counting-revenue/count-batches.controller.js';
import { orderEvents } from './counting-revenue/order-events.js';
import { revenue } from './counting-revenue/revenue.projection.js';
import { log } from './signals.js';

const NAME = 'revenue-projection';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    const { events } = topicNames(config.topicPrefix);
    const projection = projectionParts({
      ...{ name: NAME, config, log, topics: { events } },
      definition: revenue(NAME, orderEvents(events, new SchemaRegistry({ url: config.registryUrl }))),
    });
    return {
      module: AppModule,
      controllers: [RevenueController, CountBatchesController, ...projection.controllers],
      providers: [
        ...projection.providers,
        { provide: RevenueDatabase, useValue: new RevenueDatabase(projection.pool) },
      ],
    };
  }
}
