import { Module } from '@nestjs/common';
import { ResolveHoldController } from './resolve-hold.controller.js';

@Module({ controllers: [ResolveHoldController] })
export class ResolvingHoldsModule {}
