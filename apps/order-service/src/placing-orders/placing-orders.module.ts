import { Module } from '@nestjs/common';
import { PlaceOrderController } from './place-order.controller.js';

@Module({ controllers: [PlaceOrderController] })
export class PlacingOrdersModule {}
