import { randomBytes } from 'node:crypto';
import type { Addresses } from '../infrastructure.js';

/**
 * @returns the addresses of the stack that this test runs on
 * @throws where there is none: the test is not called `*.stack.spec.ts`
 */
export function stackAddresses(env: NodeJS.ProcessEnv = process.env): Addresses {
  const { DATABASE_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL } = env;
  if (!DATABASE_URL || !KAFKA_BROKERS || !SCHEMA_REGISTRY_URL) {
    throw new Error(
      'There is no stack: name the test *.stack.spec.ts, or set DATABASE_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL.',
    );
  }
  return { DATABASE_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL };
}

/** @returns a word that no other test has. */
export const ownName = (): string => `t${Date.now().toString(36)}${randomBytes(4).toString('hex')}`;

/** @returns what to put before the names of topics and groups, so that no other test has the same ones. */
export const topicPrefix = (): string => `${ownName()}.`;
