import { EventPattern } from '@nestjs/microservices';

/** What a handler threw, carried past Nest's filters: they would make "Internal server error" of it, and we need to know. */
export class HandlerFailed {
  constructor(readonly error: unknown) {}
}

/**
 * The method is handed every batch of the topic that `token` stands for (BatchServer's `topics`), and answers where to go
 * on from; nothing means after the whole batch.
 *     @BatchHandler('events')
 *     async take(@Payload() batch: ReceivedBatch) { return this.projection.apply(batch); }
 */
export function BatchHandler(token: string) {
  return <Method extends (...inputs: never[]) => Promise<number | void>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const method = descriptor.value;
    if (!method) throw new Error(`${String(key)} is no method`);
    const kept = async function (this: unknown, ...inputs: never[]): Promise<number | void | HandlerFailed> {
      try {
        return await method.apply(this, inputs);
      } catch (error) {
        return new HandlerFailed(error);
      }
    };
    Object.defineProperty(kept, 'name', { value: method.name });
    descriptor.value = kept as unknown as Method;
    EventPattern(token)(target, key, descriptor as PropertyDescriptor);
  };
}
