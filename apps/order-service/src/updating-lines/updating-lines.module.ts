import { Module } from '@nestjs/common';
import { UpdateLinesController } from './update-lines.controller.js';

@Module({ controllers: [UpdateLinesController] })
export class UpdatingLinesModule {}
