import { Module } from '@nestjs/common';
import { ApplyDiscountController } from './apply-discount.controller.js';

@Module({ controllers: [ApplyDiscountController] })
export class ApplyingDiscountsModule {}
