import { describeGroup, kafkaClient, topicOffsets, type KafkaConnection } from '@orderlog/kafka';
import type { GroupView } from './projection-runtime.js';

type Admin = ReturnType<ReturnType<typeof kafkaClient>['admin']>;

/** One line to Kafka, kept open: `GET /projection` asks every second. After an error the next question opens another. */
export class KafkaView implements GroupView {
  #admin: Promise<Admin> | undefined;

  constructor(private readonly connection: KafkaConnection) {}

  ends(topic: string): Promise<{ partition: number; earliest: number; end: number }[]> {
    return this.#ask((admin) => topicOffsets({ admin }, topic));
  }

  async members(group: string): Promise<number> {
    const described = await this.#ask((admin) => describeGroup({ admin }, group));
    return described.members.length;
  }

  async close(): Promise<void> {
    await this.#admin?.then(
      (admin) => admin.disconnect(),
      () => undefined,
    );
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const opened = (this.#admin ??= this.#open());
    try {
      return await question(await opened);
    } catch (error) {
      if (this.#admin === opened) this.#admin = undefined;
      void opened.then((admin) => admin.disconnect()).catch(() => undefined);
      throw error;
    }
  }

  async #open(): Promise<Admin> {
    // One try a question: whoever asks shall hear soon that Kafka is away.
    const admin = kafkaClient(this.connection, 1).admin();
    await admin.connect();
    return admin;
  }
}
