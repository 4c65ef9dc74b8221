import type { ISocketFactory, SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import { kafkajs } from './kafkajs-mended.js';

/** How to reach Kafka; the same for producers, consumers and admins. */
export interface KafkaConnection {
  /** `host:port`; any one that answers tells of the others. */
  brokers: readonly string[];
  /** Shown in the brokers' logs and quotas. */
  clientId: string;
  ssl?: boolean | ConnectionOptions;
  sasl?: SASLOptions;
  /** For tests that put a proxy between us and the brokers. */
  socketFactory?: ISocketFactory;
  /** How long a broker may take to answer. Default 10,000. */
  requestTimeoutMs?: number;
  /** How long a connection may take to be made. Default 3,000. */
  connectTimeoutMs?: number;
  /** What kafkajs has to say from level warn on. What matters is thrown or reported anyhow, so the default drops it. */
  onLog?: (line: { level: 'error' | 'warn'; message: string; fields: Record<string, unknown> }) => void;
}

/** @returns the addresses of `KAFKA_BROKERS`: `a:9092,b:9092` */
export const brokersOf = (list: string): string[] =>
  list
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');

/**
 * A kafkajs client of its own. It is cheap, and kafkajs keeps a group's committed offsets in the client: a second consumer
 * of the same client would not see that somebody has reset the group in between. So each consumer makes its own.
 */
export function kafkaClient(connection: KafkaConnection, retries = 5): InstanceType<typeof kafkajs.Kafka> {
  const { onLog } = connection;
  return new kafkajs.Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    ...(connection.ssl !== undefined && { ssl: connection.ssl }),
    ...(connection.sasl !== undefined && { sasl: connection.sasl }),
    ...(connection.socketFactory && { socketFactory: connection.socketFactory }),
    requestTimeout: connection.requestTimeoutMs ?? 10_000,
    connectionTimeout: connection.connectTimeoutMs ?? 3_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries },
    logLevel: onLog ? kafkajs.logLevel.WARN : kafkajs.logLevel.NOTHING,
    logCreator:
      () =>
      ({ level, log }) => {
        const { message, ...fields } = log;
        onLog?.({ level: level === kafkajs.logLevel.ERROR ? 'error' : 'warn', message, fields });
      },
  });
}
