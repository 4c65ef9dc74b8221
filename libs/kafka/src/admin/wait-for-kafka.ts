import { kafkaClient, type KafkaConnection } from '../connection.js';
import { until } from './until.js';

/** Waits until the cluster answers and has as many brokers as are needed. @throws WaitedTooLong */
export async function waitForKafka(
  connection: KafkaConnection,
  { limitMs, brokers = 1 }: { limitMs: number; brokers?: number },
): Promise<void> {
  await until(
    async () => {
      const admin = kafkaClient(connection, 0).admin();
      try {
        await admin.connect();
        const cluster = await admin.describeCluster();
        const count = cluster.brokers.length;
        return count >= brokers ? true : new Error(`Kafka has ${count} of ${brokers} brokers`);
      } catch (cause) {
        return new Error(`Kafka does not answer at ${connection.brokers.join(', ')}`, { cause });
      } finally {
        await admin.disconnect().catch(() => undefined);
      }
    },
    { limitMs },
  );
}
