import { Module, type DynamicModule } from '@nestjs/common';
import { ApplyingDiscountsModule } from './applying-discounts/applying-discounts.module.js';
import { CancellingModule } from './cancelling/cancelling.module.js';
import { CapturingPaymentsModule } from './capturing-payments/capturing-payments.module.js';
import type { Config } from './config.js';
import { DossierModule } from './dossier/dossier.module.js';
import { ForgettingCustomersModule } from './forgetting-customers/forgetting-customers.module.js';
import { ListingOrdersModule } from './listing-orders/listing-orders.module.js';
import { OrderHistoryModule } from './order-history/order-history.module.js';
import { OrderStateModule } from './order-state/order-state.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PlacingOrdersModule } from './placing-orders/placing-orders.module.js';
import { RefundingModule } from './refunding/refunding.module.js';
import { ResolvingHoldsModule } from './resolving-holds/resolving-holds.module.js';
import { UpdatingLinesModule } from './updating-lines/updating-lines.module.js';

/** The one place where the parts of the service are joined. */
@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        OrdersModule.with(config),
        PlacingOrdersModule,
        UpdatingLinesModule,
        ApplyingDiscountsModule,
        CapturingPaymentsModule,
        RefundingModule,
        CancellingModule,
        ResolvingHoldsModule,
        OrderStateModule,
        OrderHistoryModule,
        DossierModule.with(config),
        ListingOrdersModule,
        ForgettingCustomersModule.with(config),
      ],
    };
  }
}
