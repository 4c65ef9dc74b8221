import { Module } from '@nestjs/common';
import { OrderHistoryController } from './order-history.controller.js';

@Module({ controllers: [OrderHistoryController] })
export class OrderHistoryModule {}
