import { brokersOf } from '@orderlog/kafka';
import { count, port, postgresUrl, readConfig } from '@orderlog/service-kit';

/** Every name that it reads, beside the shared ones; a test compares them with the manifests. */
export const settings = {
  REVENUE_PORT: port(7003),
  REVENUE_DATABASE_URL: postgresUrl('postgres://revenue:revenue@127.0.0.1:7432/orderlog'),
  /** Partitions that are written side by side take a connection each; two more look and let orders through. */
  REVENUE_POOL_SIZE: count(5, 3, 100),
  /** Connections for `GET /revenue`. */
  REVENUE_READ_POOL_SIZE: count(5, 1, 100),
  REVENUE_READ_TIMEOUT_MS: count(15_000, 100, 300_000),
  /** With so many parked orders the projection pauses. */
  REVENUE_PARKED_LIMIT: count(100, 1, 1_000_000),
  REVENUE_DRAIN_LIMIT_MS: count(12_000, 100, 300_000),
};

export type Config = ReturnType<typeof readRevenueConfig>;

/** The only reader of the environment. A misspelt name stops the start with a sentence; it is not ignored. */
export function readRevenueConfig(env: NodeJS.ProcessEnv) {
  const read = readConfig({ app: 'revenue-projection', env, prefix: 'REVENUE_', own: settings });
  return {
    host: read.BIND_HOST,
    port: read.REVENUE_PORT,
    logLevel: read.LOG_LEVEL,
    databaseUrl: read.REVENUE_DATABASE_URL,
    poolSize: read.REVENUE_POOL_SIZE,
    readPoolSize: read.REVENUE_READ_POOL_SIZE,
    readTimeoutMs: read.REVENUE_READ_TIMEOUT_MS,
    parkedLimit: read.REVENUE_PARKED_LIMIT,
    drainLimitMs: read.REVENUE_DRAIN_LIMIT_MS,
    kafka: { brokers: brokersOf(read.KAFKA_BROKERS), clientId: 'revenue-projection' },
    registryUrl: read.SCHEMA_REGISTRY_URL,
    topicPrefix: read.TOPIC_PREFIX,
  };
}
