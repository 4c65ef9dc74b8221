import { Module } from '@nestjs/common';
import { EventStore } from '@orderlog/event-store';
import { Orders } from '../orders/orders.js';
import { OrderStateController } from './order-state.controller.js';
import { OrderStates } from './order-states.js';

@Module({
  controllers: [OrderStateController],
  providers: [
    {
      provide: OrderStates,
      useFactory: (store: EventStore, orders: Orders) => new OrderStates(store, orders),
      inject: [EventStore, Orders],
    },
  ],
})
export class OrderStateModule {}
