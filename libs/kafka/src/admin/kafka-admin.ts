import type { Admin } from 'kafkajs';
import { kafkaClient, type KafkaConnection } from '../connection.js';
import { openCluster, type Cluster } from '../inside-kafkajs.js';

/** An open line to Kafka for what an operator does: topics, offsets, groups. */
export interface KafkaAdmin {
  admin: Admin;
  cluster: Cluster;
}

/** Opens an admin, does the work, closes it. @throws what kafkajs throws where no broker answers */
export async function withAdmin<T>(connection: KafkaConnection, work: (kafka: KafkaAdmin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(connection).admin();
  const cluster = openCluster(connection);
  try {
    await admin.connect();
    await cluster.connect();
    return await work({ admin, cluster });
  } finally {
    await Promise.allSettled([admin.disconnect(), cluster.disconnect()]);
  }
}
