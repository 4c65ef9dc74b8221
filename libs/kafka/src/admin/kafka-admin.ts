import type { Admin } from 'kafkajs';
import { kafkaClient, type KafkaConnection } from '../connection.js';
import { openCluster, type Cluster } from '../inside-kafkajs.js';

/** An open line to Kafka for what an operator does: topics, offsets, groups. */
export interface KafkaAdmin {
  admin: Admin;
  cluster: Cluster;
}

/**
 * Opens an admin, does the work, closes it.
 * @param retries of what may do better the next time; kafkajs goes on with them whoever has given up waiting
 * @throws what kafkajs throws where no broker answers
 */
export async function withAdmin<T>(
  connection: KafkaConnection,
  work: (kafka: KafkaAdmin) => Promise<T>,
  retries = 5,
): Promise<T> {
  const admin = kafkaClient(connection, retries).admin();
  const cluster = openCluster(connection, retries);
  try {
    await admin.connect();
    await cluster.connect();
    return await work({ admin, cluster });
  } finally {
    await Promise.allSettled([admin.disconnect(), cluster.disconnect()]);
  }
}
