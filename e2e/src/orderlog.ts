import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '@orderlog/local-stack';
import type { Platform } from './platform.js';

const endsWithinMs = 120_000;

/** What a command of `orderlog` came to. */
export interface Ended {
  /** Its exit code; the signal's name where it was killed, as it is after two minutes. */
  code: number | string;
  /** On both outputs. */
  said: string;
}

/**
 * Commands as an operator of this platform gives them, with every role's address in the environment.
 *
 *     const orderlog = orderlogOn(platform);
 *     expect(await orderlog('verify')).toMatchObject({ code: 0 });
 */
export function orderlogOn(platform: Platform, options: { cwd?: string } = {}) {
  const { DATABASE_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL, ORDERS_URL, REVENUE_URL, AUDIT_URL, prefix } = platform;
  const as = (role: string): string => {
    const address = new URL(DATABASE_URL);
    address.username = address.password = role;
    return address.href;
  };
  const env = {
    ...{ ...process.env, NODE_OPTIONS: '', TOPIC_PREFIX: prefix, DATABASE_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL },
    ...{ ORDERS_DATABASE_URL: as('orders'), VERIFY_DATABASE_URL: as('verify'), ORDERS_URL, REVENUE_URL, AUDIT_URL },
  };
  return (...args: string[]) =>
    new Promise<Ended>((resolve) => {
      const program = [join(repository, 'apps/cli/dist/main.js'), ...args];
      execFile(process.execPath, program, { env, timeout: endsWithinMs, ...options }, (error, stdout, stderr) =>
        resolve({ code: error ? (error.code ?? String(error.signal)) : 0, said: stdout + stderr }),
      );
    });
}
