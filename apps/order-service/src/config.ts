import { privateKeyOf } from '@orderlog/order-contract';
import { count, port, postgresUrl, readConfig } from '@orderlog/service-kit';
import { z } from 'zod';

/** Good enough for one machine; a start in production refuses them. */
const developmentSecret = 'only for development: set ORDERS_IDEMPOTENCY_SECRET';
const developmentCustomerKey = 'b25seSBmb3IgZGV2ZWxvcG1lbnQ6IHNldCBhIGtleSE=';
const developmentSigningKey = 'b25seSBmb3IgZGV2ZWxvcG1lbnQ6IHNpZ24gbm9uZSE=';

const customerKey = z
  .base64('is not base64')
  .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64 (openssl rand -base64 32)');

/** Every name that it reads, beside the shared ones; a test compares them with the manifests. */
export const settings = {
  ORDERS_PORT: port(7001),
  ORDERS_DATABASE_URL: postgresUrl('postgres://orders:orders@127.0.0.1:7432/orderlog'),
  /** Keys the HMAC of remembered requests, which may hold a person's data: whoever reads the table cannot guess them. */
  ORDERS_IDEMPOTENCY_SECRET: z.string().min(16, 'needs at least 16 characters').default(developmentSecret),
  /** 32 bytes in base64; wraps the keys of customers. Whoever loses it has lost every customer's data. */
  ORDERS_CUSTOMER_KEY: customerKey.default(developmentCustomerKey),
  /** Opens what was wrapped with it too, while ORDERS_CUSTOMER_KEY is changed: docs/erasing-a-person.md says how. */
  ORDERS_CUSTOMER_KEY_ALSO: customerKey.optional(),
  /** Signs dossiers, with Ed25519: 32 bytes in base64, or PKCS #8 in PEM. Whoever has it can vouch for a forged one. */
  ORDERS_SIGNING_KEY: z
    .string()
    .superRefine((text, context) => {
      try {
        privateKeyOf(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
      }
    })
    .default(developmentSigningKey),
  /** Where audit-projection answers: dossiers carry its proof that their facts are signed for. Empty: they are without. */
  AUDIT_URL: z
    .string()
    .regex(/^(https?:\/\/.*)?$/, 'must start with http:// or https://, or be empty')
    .default(''),
  ORDERS_APPEND_TIMEOUT_MS: count(5_000, 100, 60_000),
  ORDERS_READ_TIMEOUT_MS: count(5_000, 100, 60_000),
  ORDERS_POOL_SIZE: count(6, 1, 100),
  /** Commands that may wait at one order, and in the whole process; above it is 503. */
  ORDERS_WAITING_PER_ORDER: count(1_000, 1, 100_000),
  ORDERS_WAITING: count(10_000, 1, 1_000_000),
  /** After this a command whose turn has not come is 503; it was not begun. */
  ORDERS_WAIT_LIMIT_MS: count(30_000, 100, 300_000),
  /** Latest states that are kept in memory. */
  ORDERS_CACHED_ORDERS: count(20_000, 0, 10_000_000),
  /** The state of an order is kept every so many facts, off the way of its commands; 0: never, it is folded from all. */
  ORDERS_SNAPSHOT_EVERY: count(200, 0, 1_000_000),
  ORDERS_DRAIN_LIMIT_MS: count(10_000, 100, 300_000),
  /**
   * `true` takes orders although Kafka cannot say whether this store is behind its topic (DESIGN.md, "A store that was
   * put back"). For a start while Kafka is away and the store is known never to have been restored.
   */
  ORDERS_TAKE_UNCHECKED: z.stringbool().default(false),
};

export type Config = ReturnType<typeof readOrderServiceConfig>;

/** The only reader of the environment. `ORDERS_PROT` stops the start with a sentence; it is not ignored. */
export function readOrderServiceConfig(env: NodeJS.ProcessEnv) {
  const read = readConfig({
    app: 'order-service',
    env,
    prefix: 'ORDERS_',
    own: settings,
    refuse: ({ NODE_ENV, ORDERS_IDEMPOTENCY_SECRET, ORDERS_CUSTOMER_KEY, ORDERS_SIGNING_KEY }) =>
      NODE_ENV === 'production'
        ? [
            ...(ORDERS_IDEMPOTENCY_SECRET === developmentSecret
              ? ['ORDERS_IDEMPOTENCY_SECRET: the one for development is public; set your own in production.']
              : []),
            ...(ORDERS_CUSTOMER_KEY === developmentCustomerKey
              ? ['ORDERS_CUSTOMER_KEY: the one for development is public; set your own in production.']
              : []),
            ...(ORDERS_SIGNING_KEY === developmentSigningKey
              ? ['ORDERS_SIGNING_KEY: the one for development is public; set your own in production.']
              : []),
          ]
        : [],
  });
  return {
    host: read.BIND_HOST,
    port: read.ORDERS_PORT,
    logLevel: read.LOG_LEVEL,
    databaseUrl: read.ORDERS_DATABASE_URL,
    poolSize: read.ORDERS_POOL_SIZE,
    appendTimeoutMs: read.ORDERS_APPEND_TIMEOUT_MS,
    readTimeoutMs: read.ORDERS_READ_TIMEOUT_MS,
    kafkaBrokers: read.KAFKA_BROKERS.split(',').map((broker) => broker.trim()),
    registryUrl: read.SCHEMA_REGISTRY_URL,
    topicPrefix: read.TOPIC_PREFIX,
    idempotencySecret: read.ORDERS_IDEMPOTENCY_SECRET,
    customerKey: Buffer.from(read.ORDERS_CUSTOMER_KEY, 'base64'),
    customerKeyAlso: read.ORDERS_CUSTOMER_KEY_ALSO ? Buffer.from(read.ORDERS_CUSTOMER_KEY_ALSO, 'base64') : undefined,
    signingKey: privateKeyOf(read.ORDERS_SIGNING_KEY),
    auditUrl: read.AUDIT_URL,
    waitingPerOrder: read.ORDERS_WAITING_PER_ORDER,
    waiting: read.ORDERS_WAITING,
    waitLimitMs: read.ORDERS_WAIT_LIMIT_MS,
    cachedOrders: read.ORDERS_CACHED_ORDERS,
    snapshotEvery: read.ORDERS_SNAPSHOT_EVERY,
    drainLimitMs: read.ORDERS_DRAIN_LIMIT_MS,
    takeUnchecked: read.ORDERS_TAKE_UNCHECKED,
  };
}
