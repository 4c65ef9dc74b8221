import { Module } from '@nestjs/common';
import { CancelOrderController } from './cancel-order.controller.js';

@Module({ controllers: [CancelOrderController] })
export class CancellingModule {}
