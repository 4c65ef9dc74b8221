import { Module } from '@nestjs/common';
import { ListOrdersController } from './list-orders.controller.js';

@Module({ controllers: [ListOrdersController] })
export class ListingOrdersModule {}
