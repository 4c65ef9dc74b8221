import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { EventStore } from '@orderlog/event-store';
import type { Config } from '../config.js';
import { Wrapping } from '../customers/wrapping.js';
import { Orders } from '../orders/orders.js';
import { ReadPool } from '../orders/read-pool.js';
import { ForgetCustomerController } from './forget-customer.controller.js';
import { Forgetting } from './forgetting.js';

@Module({ controllers: [ForgetCustomerController] })
export class ForgettingCustomersModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly forgetting: Forgetting) {}

  onApplicationBootstrap(): void {
    this.forgetting.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.forgetting.stop();
  }

  static with(config: Config): DynamicModule {
    const { databaseUrl, idempotencySecret } = config;
    return {
      module: ForgettingCustomersModule,
      providers: [
        {
          provide: Forgetting,
          useFactory: (store: EventStore, pool: ReadPool, orders: Orders, wrapping: Wrapping) =>
            new Forgetting(store, pool, orders, wrapping, { databaseUrl, idempotencySecret }),
          inject: [EventStore, ReadPool, Orders, Wrapping],
        },
      ],
    };
  }
}
