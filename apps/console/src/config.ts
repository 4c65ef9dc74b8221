import { count, httpUrl, port, readConfig } from '@orderlog/service-kit';

export const settings = {
  CONSOLE_PORT: port(7000),
  /** How long a page waits for a service before it says that the service is away. */
  CONSOLE_ASK_LIMIT_MS: count(2_500, 100, 30_000),
  ORDERS_URL: httpUrl('http://127.0.0.1:7001'),
  RELAY_URL: httpUrl('http://127.0.0.1:7002'),
  REVENUE_URL: httpUrl('http://127.0.0.1:7003'),
  AUDIT_URL: httpUrl('http://127.0.0.1:7004'),
};

/** The only reader of the environment. `CONSOLE_PROT` stops the start with a sentence; it is not ignored. */
export function readConsoleConfig(env: NodeJS.ProcessEnv) {
  const read = readConfig({ app: 'console', env, prefix: 'CONSOLE_', own: settings });
  return {
    host: read.BIND_HOST,
    port: read.CONSOLE_PORT,
    logLevel: read.LOG_LEVEL,
    askLimitMs: read.CONSOLE_ASK_LIMIT_MS,
    urls: {
      'order-service': read.ORDERS_URL,
      'outbox-relay': read.RELAY_URL,
      'revenue-projection': read.REVENUE_URL,
      'audit-projection': read.AUDIT_URL,
    },
  };
}

export type Config = ReturnType<typeof readConsoleConfig>;
