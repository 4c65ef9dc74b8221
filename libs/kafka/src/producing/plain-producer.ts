import { kafkaClient, type KafkaConnection } from '../connection.js';

export interface PlainMessage {
  key: Buffer | string | null;
  value: Buffer | null;
  headers?: Record<string, Buffer | string>;
  /** By default the partition of the key, as Java's default partitioner has it. */
  partition?: number;
  /** Milliseconds; by default now. */
  timestampMs?: number;
}

/**
 * A producer without an epoch fence, for copies that people read (dead letters) and for messages that only one process
 * writes. One send at a time, in order; retries for a while, then throws, and nothing says whether it was written.
 */
export class PlainProducer {
  private readonly producer;
  private connected: Promise<void> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(connection: KafkaConnection) {
    this.producer = kafkaClient(connection).producer({ allowAutoTopicCreation: false });
  }

  /** @throws where Kafka does not take it within kafkajs's five tries */
  async send(topic: string, messages: readonly PlainMessage[]): Promise<void> {
    const turn = this.last.then(() => this.sendNow(topic, messages));
    this.last = turn.catch(() => undefined);
    await turn;
  }

  async close(): Promise<void> {
    await this.last;
    if (this.connected) await this.producer.disconnect();
  }

  private async sendNow(topic: string, messages: readonly PlainMessage[]): Promise<void> {
    this.connected ??= this.producer.connect().catch((error: unknown) => {
      this.connected = undefined;
      throw error;
    });
    await this.connected;
    await this.producer.send({
      topic,
      acks: -1,
      messages: messages.map(({ key, value, headers, partition, timestampMs }) => ({
        key,
        value,
        ...(headers && { headers }),
        ...(partition !== undefined && { partition }),
        ...(timestampMs !== undefined && { timestamp: String(timestampMs) }),
      })),
    });
  }
}
