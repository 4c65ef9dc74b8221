import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config.js';
import { FindingsController } from './findings/findings.controller.js';
import { NewestOrdersController } from './newest-orders/newest-orders.controller.js';
import { DossierController } from './order-story/dossier.controller.js';
import { OrderStoryController } from './order-story/order-story.controller.js';
import { AssetsController } from './page/assets.controller.js';
import { RevenueController } from './revenue-by-sku/revenue.controller.js';
import { Services } from './services/services.js';
import { NowController } from './what-flows-now/now.controller.js';
import { Pulse } from './what-flows-now/pulse.js';

/** The one place where the console's parts are joined. */
@Module({})
export class AppModule {
  static with(config: Pick<Config, 'urls' | 'askLimitMs'>): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        AssetsController,
        NowController,
        // Before the story of one order: `/orders/find` is no order.
        NewestOrdersController,
        OrderStoryController,
        DossierController,
        RevenueController,
        FindingsController,
      ],
      providers: [{ provide: Services, useFactory: () => new Services(config) }, Pulse],
    };
  }
}
