import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchHandler, type ReceivedBatch } from '@orderlog/kafka';
import { ProjectionRuntime } from '@orderlog/projection';
import type { CountedEvent } from './revenue.projection.js';

/** What Kafka hands over: facts, a batch of one partition at a time. */
@Controller()
export class CountBatchesController {
  constructor(private readonly projection: ProjectionRuntime<CountedEvent>) {}

  @BatchHandler('events')
  count(@Payload() batch: ReceivedBatch): Promise<number> {
    return this.projection.handle(batch);
  }
}
