import { brokersOf } from '@orderlog/kafka';
import { signingKeyOf } from '@orderlog/order-contract';
import { count, port, postgresUrl, readConfig } from '@orderlog/service-kit';
import { z } from 'zod';

/** Good enough for one machine; a start in production refuses it. */
const developmentSigningKey = 'b25seSBmb3IgZGV2ZWxvcG1lbnQ6IG5vIHByb29mISE=';

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
  /** 32 bytes in base64: the Ed25519 key that signs checkpoints. Whoever has it can vouch for a forged history. */
  AUDIT_SIGNING_KEY: z
    .base64('is not base64')
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)')
    .default(developmentSigningKey),
  /** Which log the checkpoints are of: stands in each, so that one log's cannot be shown as another's. */
  AUDIT_ORIGIN: z.string().min(1).max(200).default('orderlog'),
  /** A checkpoint is signed with so many new facts, or so long after the last one with any. */
  AUDIT_CHECKPOINT_EVERY_FACTS: count(1_000, 1, 50_000),
  AUDIT_CHECKPOINT_EVERY_MS: count(10_000, 100, 86_400_000),
};

export type Config = ReturnType<typeof readAuditConfig>;

/** The only reader of the environment. A misspelt name stops the start with a sentence; it is not ignored. */
export function readAuditConfig(env: NodeJS.ProcessEnv) {
  const read = readConfig({
    app: 'audit-projection',
    env,
    prefix: 'AUDIT_',
    own: settings,
    refuse: ({ NODE_ENV, AUDIT_SIGNING_KEY }) =>
      NODE_ENV === 'production' && AUDIT_SIGNING_KEY === developmentSigningKey
        ? ['AUDIT_SIGNING_KEY: the one for development is public; set your own in production.']
        : [],
  });
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
    signingKey: signingKeyOf(Buffer.from(read.AUDIT_SIGNING_KEY, 'base64')),
    origin: read.AUDIT_ORIGIN,
    checkpointEveryFacts: read.AUDIT_CHECKPOINT_EVERY_FACTS,
    checkpointEveryMs: read.AUDIT_CHECKPOINT_EVERY_MS,
  };
}
