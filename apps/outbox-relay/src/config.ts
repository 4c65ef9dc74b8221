import { count, port, postgresUrl, readConfig } from '@orderlog/service-kit';
import { z } from 'zod';

/** Every name that it reads, beside the shared ones; a test compares them with the manifests. */
export const settings = {
  RELAY_PORT: port(7002),
  RELAY_DATABASE_URL: postgresUrl('postgres://relay:relay@127.0.0.1:7432/orderlog'),
  /** A relay that is not heard of for so long has its partitions taken over. */
  RELAY_LEASE_MS: count(8_000, 1_000, 300_000),
  /** One request to Kafka, all of it: at most half of the lease, so that a lease is never outlived by what it allowed. */
  RELAY_SEND_DEADLINE_MS: count(4_000, 200, 150_000),
  /** Of one partition and request. Kafka counts a whole batch against max.message.bytes, 1 MB as it comes. */
  RELAY_REQUEST_BYTES: count(524_288, 10_000, 1_000_000),
  /** The longest pause between two looks at an outbox that was empty. */
  RELAY_IDLE_POLL_MS: count(100, 5, 60_000),
  /** The writers' transaction_timeout: a seq that was seen longer ago than this can no longer appear. */
  RELAY_WRITERS_LIMIT_MS: count(10_000, 1_000, 3_600_000),
  /** How long a drained child of the outbox stays: what Kafka acknowledged is not yet on a disk there. */
  RELAY_KEEP_DRAINED_MINUTES: count(60, 0, 100_000),
  RELAY_COMPRESSION: z.enum(['none', 'gzip']).default('none'),
};

export type Config = ReturnType<typeof readRelayConfig>;

/** The only reader of the environment. `RELAY_PROT` stops the start with a sentence; it is not ignored. */
export function readRelayConfig(env: NodeJS.ProcessEnv) {
  const read = readConfig({
    app: 'outbox-relay',
    env,
    prefix: 'RELAY_',
    own: settings,
    refuse: ({ RELAY_LEASE_MS, RELAY_SEND_DEADLINE_MS }) =>
      RELAY_SEND_DEADLINE_MS * 2 > RELAY_LEASE_MS
        ? ['RELAY_SEND_DEADLINE_MS: must be at most half of RELAY_LEASE_MS.']
        : [],
  });
  return {
    host: read.BIND_HOST,
    port: read.RELAY_PORT,
    logLevel: read.LOG_LEVEL,
    databaseUrl: read.RELAY_DATABASE_URL,
    kafkaBrokers: read.KAFKA_BROKERS,
    topicPrefix: read.TOPIC_PREFIX,
    leaseMs: read.RELAY_LEASE_MS,
    sendDeadlineMs: read.RELAY_SEND_DEADLINE_MS,
    requestBytes: read.RELAY_REQUEST_BYTES,
    idlePollMs: read.RELAY_IDLE_POLL_MS,
    writersLimitMs: read.RELAY_WRITERS_LIMIT_MS,
    keepDrainedMinutes: read.RELAY_KEEP_DRAINED_MINUTES,
    compression: read.RELAY_COMPRESSION,
  };
}
