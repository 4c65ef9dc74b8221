import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { consumeBatches, type BatchConsumer, type BatchConsumerOptions } from '../consuming/batch-consumer.js';
import type { AssignedPartition, ReceivedBatch, TopicPartition } from '../consuming/received-batch.js';
import { HandlerFailed } from './batch-handler.js';

export interface BatchServerOptions extends Omit<BatchConsumerOptions, 'topics' | 'handle' | 'onFailure'> {
  /** What a `@BatchHandler(token)` is handed: `{ events: 'orders.events.v1' }`. */
  topics: Readonly<Record<string, string>>;
  /** The session has ended (or did not begin) and is begun again after `retryInMs`. */
  onFailure?: (error: Error, retryInMs: number) => void;
  /** Beginning again in this process is not known to help: say so and leave, so that the process is started anew. */
  onFatal: (error: Error) => void;
  /** The group has been joined, at first or again. */
  onRunning?: (assigned: AssignedPartition[]) => void;
}

export type BatchServerState =
  | { state: 'stopped' | 'starting' | 'running' | 'stopping' }
  /** Between two attempts. */
  | { state: 'waiting'; error: Error; retryAt: number };

const firstRetryMs = 1_000;
const longestRetryMs = 30_000;

/**
 * Kafka as a transport of Nest: a batch of one partition at a time, the offset committed after the handler. Nest's own
 * takes one message at a time, commits by itself and lets a handler's error pass.
 *
 * It keeps itself in the group: while Kafka is away the app runs and says so, and the server tries again, 1 to 30 s apart.
 * `stop()` and `start()` leave and join the group while the app stays up, so that its offsets can be reset.
 */
export class BatchServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private readonly consumer: BatchConsumer;
  private readonly tokens: ReadonlyMap<string, string>;
  private current: BatchServerState = { state: 'stopped' };
  private retry: NodeJS.Timeout | undefined;
  private failures = 0;
  private attempt: Promise<void> = Promise.resolve();

  constructor(private readonly options: BatchServerOptions) {
    super();
    this.tokens = new Map(Object.entries(options.topics).map(([token, topic]) => [topic, token]));
    this.consumer = consumeBatches({
      ...options,
      topics: Object.values(options.topics),
      handle: (batch) => this.handle(batch),
      onFailure: (error, fatal) => this.failed(error, fatal),
    });
  }

  get session(): BatchServerState {
    return this.current;
  }

  /** Called by Nest once the handlers are known. Does not wait for Kafka: the app is up, and not ready, while it is away. */
  listen(callback: (error?: unknown) => void): void {
    for (const token of Object.keys(this.options.topics)) {
      if (!this.messageHandlers.has(token)) {
        callback(new Error(`no method is a @BatchHandler('${token}')`));
        return;
      }
    }
    this.start();
    callback();
  }

  /** Joins the group, now and whenever the session fails. Nothing, if it is on its way already. */
  start(): void {
    if (this.current.state !== 'stopped') return;
    this.failures = 0;
    this.join();
  }

  /** Finishes the running batches, commits, leaves the group: EMPTY at once where this was its last member. */
  async stop(): Promise<void> {
    clearTimeout(this.retry);
    this.current = { state: 'stopping' };
    await this.consumer.stop();
    await this.attempt;
    this.current = { state: 'stopped' };
  }

  /** Called by Nest at its end. */
  async close(): Promise<void> {
    await this.stop();
  }

  assigned(): AssignedPartition[] {
    return this.consumer.assigned();
  }

  pause(partitions?: readonly TopicPartition[]): void {
    this.consumer.pause(partitions);
  }

  resume(partitions?: readonly TopicPartition[]): void {
    this.consumer.resume(partitions);
  }

  on(): never {
    throw new Error('a BatchServer has no events to listen to: its options name what it reports');
  }

  unwrap<T>(): T {
    return this.consumer as T;
  }

  private join(): void {
    this.current = { state: 'starting' };
    this.attempt = this.consumer.start().then(
      () => {
        if (this.current.state !== 'starting') return;
        this.current = { state: 'running' };
        this.failures = 0;
        this.options.onRunning?.(this.consumer.assigned());
      },
      (error: Error) => this.failed(error, false),
    );
  }

  private failed(error: Error, fatal: boolean): void {
    if (this.current.state === 'stopping' || this.current.state === 'stopped') return;
    if (fatal) {
      this.current = { state: 'waiting', error, retryAt: Infinity };
      this.options.onFatal(error);
      return;
    }
    const retryInMs = Math.min(firstRetryMs * 2 ** this.failures, longestRetryMs);
    this.failures++;
    this.current = { state: 'waiting', error, retryAt: Date.now() + retryInMs };
    this.retry = setTimeout(() => this.join(), retryInMs);
    this.options.onFailure?.(error, retryInMs);
  }

  private async handle(batch: ReceivedBatch): Promise<number | void> {
    const token = this.tokens.get(batch.topic) ?? '';
    const handler = this.messageHandlers.get(token);
    if (!handler) throw new Error(`nobody handles ${batch.topic}`);
    const result = this.transformToObservable<unknown>(await handler(batch, new BaseRpcContext([batch, token])));
    const answer = await lastValueFrom(result, { defaultValue: undefined });
    if (answer instanceof HandlerFailed) throw answer.error;
    return answer as number | void;
  }
}
