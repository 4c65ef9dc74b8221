import { kafkaClient, type KafkaConnection } from './connection.js';

/**
 * What we use of kafkajs beyond its public face: the cluster and its broker objects (src/cluster, src/broker of 2.2.4).
 * An epoch fence without transactions, and moving an empty group's offsets without joining it, can be done no other way.
 */
export interface Broker {
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): Promise<ProducerEpoch>;
  produce(request: ProduceRequest): Promise<unknown>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }): Promise<unknown>;
}

export interface ProducerEpoch {
  producerId: string;
  producerEpoch: number;
}

export interface ProduceRequest extends ProducerEpoch {
  acks: -1;
  timeout: number;
  compression: number;
  topicData: {
    topic: string;
    partitions: { partition: number; firstSequence: number; messages: WireMessage[] }[];
  }[];
}

export interface WireMessage {
  key: Buffer | string | null;
  value: Buffer | null;
  headers: Record<string, Buffer | string>;
  /** Milliseconds. */
  timestamp: number;
}

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  findBroker(of: { nodeId: string }): Promise<Broker>;
  removeBroker(at: { host: string; port: number }): void;
  findGroupCoordinator(of: { groupId: string; coordinatorType?: 0 | 1 }): Promise<Broker>;
}

/** For `findGroupCoordinator`: who keeps a transactional id, as against a consumer group (0). */
export const transactionCoordinator = 1;

/** What kafkajs's errors carry, of any class. */
export interface KafkajsError extends Error {
  /** The protocol's name for it, where a broker said it: `INVALID_PRODUCER_EPOCH`. */
  type?: string;
  retriable?: boolean;
  cause?: unknown;
  host?: string;
  port?: number;
}

/** A cluster of its own for the client; topics are never made by asking for them. */
export function openCluster(connection: KafkaConnection, retries = 5): Cluster {
  const client = kafkaClient(connection, retries);
  const make = Object.getOwnPropertySymbols(client).find(
    (symbol) => symbol.description === 'private:Kafka:createCluster',
  );
  if (!make) throw new Error('kafkajs no longer has the part that makes a cluster');
  const makeCluster = (client as unknown as Record<symbol, (options: object) => Cluster>)[make];
  if (!makeCluster) throw new Error('kafkajs no longer makes a cluster');
  return makeCluster({ metadataMaxAge: 60_000, allowAutoTopicCreation: false });
}
