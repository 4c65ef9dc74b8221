import { randomUUID } from 'node:crypto';
import { ensureTopics } from '../admin/ensure-topics.js';
import { withAdmin } from '../admin/kafka-admin.js';
import { brokersOf, kafkaClient, type KafkaConnection } from '../connection.js';

/** The stack of the tests. */
export const testConnection: KafkaConnection = {
  brokers: brokersOf(process.env.KAFKA_BROKERS ?? ''),
  clientId: 'kafka-test',
};

/** A topic and a group name that only this test has. */
export async function testTopic(partitions: number, configs: Record<string, string> = {}) {
  const topic = `kafka-test-${randomUUID().slice(0, 13)}`;
  const definition = { topic, partitions, configs: { 'cleanup.policy': 'compact', ...configs } };
  await withAdmin(testConnection, (kafka) => ensureTopics(kafka, [definition]));
  return {
    topic,
    group: `${topic}-group`,
    /** One message for each value; the key is the value unless `keyOf` says otherwise. */
    async send(partition: number, values: readonly string[], keyOf = (value: string) => value): Promise<void> {
      const producer = kafkaClient(testConnection).producer({ allowAutoTopicCreation: false });
      await producer.connect();
      await producer.send({ topic, messages: values.map((value) => ({ partition, key: keyOf(value), value })) });
      await producer.disconnect();
    },
    remove: () => withAdmin(testConnection, ({ admin }) => admin.deleteTopics({ topics: [topic] })),
  };
}

/** Asks again until the expectation holds; what it then still throws is thrown. */
export async function eventually(expectation: () => void | Promise<void>, withinMs = 30_000): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      await expectation();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((again) => setTimeout(again, 25));
  }
}
