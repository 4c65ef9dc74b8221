import type { Addresses, Ports } from './infrastructure.js';
import { PartFailed } from './supervisor.js';

/** Everything that listens: the variable that moves it, and where it is unless that is set. */
export const defaultPorts = {
  POSTGRES_PORT: 7432,
  KAFKA_PORT: 7092,
  KAFKA_CONTROLLER_PORT: 7093,
  REGISTRY_PORT: 7081,
  CONSOLE_PORT: 7000,
  ORDERS_PORT: 7001,
  RELAY_PORT: 7002,
  REVENUE_PORT: 7003,
  AUDIT_PORT: 7004,
} as const;

export type PortVariable = keyof typeof defaultPorts;

export interface Settings {
  ports: Record<PortVariable, number>;
  infrastructure: Ports;
  /** Parts that the environment names: used instead of started. */
  given: Partial<Addresses>;
  /** Apps that are left out. */
  without: string[];
}

/**
 * The only reader of the environment in here.
 * @throws PartFailed where a port is none, or is given to two parts
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const variables = Object.keys(defaultPorts) as PortVariable[];
  const ports = Object.fromEntries(
    variables.map((variable) => [variable, readPort(env, variable)]),
  ) as Settings['ports'];
  for (const variable of variables) {
    const other = variables.find((each) => each !== variable && ports[each] === ports[variable]);
    if (other) throw new PartFailed(`${variable} and ${other} are both ${ports[variable]}: each part needs its own.`);
  }
  return {
    ports,
    infrastructure: {
      postgres: ports.POSTGRES_PORT,
      kafka: ports.KAFKA_PORT,
      kafkaController: ports.KAFKA_CONTROLLER_PORT,
      registry: ports.REGISTRY_PORT,
    },
    without: (env['ORDERLOG_WITHOUT'] ?? '').split(',').filter((name) => name !== ''),
    given: {
      ...(env['DATABASE_URL'] && { DATABASE_URL: env['DATABASE_URL'] }),
      ...(env['KAFKA_BROKERS'] && { KAFKA_BROKERS: env['KAFKA_BROKERS'] }),
      ...(env['SCHEMA_REGISTRY_URL'] && { SCHEMA_REGISTRY_URL: env['SCHEMA_REGISTRY_URL'] }),
    },
  };
}

function readPort(env: NodeJS.ProcessEnv, variable: PortVariable): number {
  const text = env[variable];
  if (text === undefined || text === '') return defaultPorts[variable];
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new PartFailed(`${variable}=${text} is no port: a number from 1 to 65535 is.`);
}
