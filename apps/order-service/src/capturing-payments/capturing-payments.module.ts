import { Module } from '@nestjs/common';
import { CapturePaymentController } from './capture-payment.controller.js';

@Module({ controllers: [CapturePaymentController] })
export class CapturingPaymentsModule {}
