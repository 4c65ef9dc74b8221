import { brokersOf } from '@orderlog/kafka';
import { count, port, postgresUrl, readConfig } from '@orderlog/service-kit';

/** Every name that it reads, beside the shared ones; a test compares them with the manifests. */
export const settings = {
  AUDIT_PORT: port(7004),
  AUDIT_DATABASE_URL: postgresUrl('postgres://audit:audit@127.0.0.1:7432/orderlog'),
  /** Partitions that are written side by side take a connection each; two more look and let orders through. */
  AUDIT_POOL_SIZE: count(5, 3, 100),
  /** Connections for `GET /audit`. */
  AUDIT_READ_POOL_SIZE: count(5, 1, 100),
  AUDIT_READ_TIMEOUT_MS: count(15_000, 100, 300_000),
  /** With so many parked orders the projection pauses. */
  AUDIT_PARKED_LIMIT: count(100, 1, 1_000_000),
  AUDIT_DRAIN_LIMIT_MS: count(12_000, 100, 300_000),
};

export type Config = ReturnType<typeof readAuditConfig>;

/** The only reader of the environment. A misspelt name stops the start with a sentence; it is not ignored. */
export function readAuditConfig(env: NodeJS.ProcessEnv) {
  const read = readConfig({ app: 'audit-projection', env, prefix: 'AUDIT_', own: settings });
  return {
    host: read.BIND_HOST,
    port: read.AUDIT_PORT,
    logLevel: read.LOG_LEVEL,
    databaseUrl: read.AUDIT_DATABASE_URL,
    poolSize: read.AUDIT_POOL_SIZE,
    readPoolSize: read.AUDIT_READ_POOL_SIZE,
    readTimeoutMs: read.AUDIT_READ_TIMEOUT_MS,
    parkedLimit: read.AUDIT_PARKED_LIMIT,
    drainLimitMs: read.AUDIT_DRAIN_LIMIT_MS,
    kafka: { brokers: brokersOf(read.KAFKA_BROKERS), clientId: 'audit-projection' },
    registryUrl: read.SCHEMA_REGISTRY_URL,
    topicPrefix: read.TOPIC_PREFIX,
  };
}
