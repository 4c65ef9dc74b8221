import { Module } from '@nestjs/common';
import { CompleteRefundController } from './complete-refund.controller.js';
import { InitiateRefundController } from './initiate-refund.controller.js';

@Module({ controllers: [InitiateRefundController, CompleteRefundController] })
export class RefundingModule {}
