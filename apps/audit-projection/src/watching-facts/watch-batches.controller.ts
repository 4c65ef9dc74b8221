import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchHandler, type ReceivedBatch } from '@orderlog/kafka';
import { ProjectionRuntime } from '@orderlog/projection';
import type { Watched } from './audit.projection.js';

/** What Kafka hands over: facts and refused attempts, a batch of one partition at a time. */
@Controller()
export class WatchBatchesController {
  constructor(private readonly projection: ProjectionRuntime<Watched>) {}

  @BatchHandler('events')
  watchFacts(@Payload() batch: ReceivedBatch): Promise<number> {
    return this.projection.handle(batch);
  }

  @BatchHandler('attempts')
  watchAttempts(@Payload() batch: ReceivedBatch): Promise<number> {
    return this.projection.handle(batch);
  }
}
