import type { Addresses, Ports } from './infrastructure.js';
import { PartFailed } from './part.js';
import { isFree } from './ports.js';

/** Everything that listens: the variable that moves it, where it is unless that is set, and which part it is. */
const listeners = {
  POSTGRES_PORT: { port: 7432, part: 'postgres', unlessGiven: 'DATABASE_URL' },
  KAFKA_PORT: { port: 7092, part: 'kafka', unlessGiven: 'KAFKA_BROKERS' },
  KAFKA_CONTROLLER_PORT: { port: 7093, part: 'kafka', unlessGiven: 'KAFKA_BROKERS' },
  REGISTRY_PORT: { port: 7081, part: 'registry', unlessGiven: 'SCHEMA_REGISTRY_URL' },
  CONSOLE_PORT: { port: 7000, part: 'console' },
  ORDERS_PORT: { port: 7001, part: 'order-service' },
  RELAY_PORT: { port: 7002, part: 'outbox-relay' },
  REVENUE_PORT: { port: 7003, part: 'revenue-projection' },
  AUDIT_PORT: { port: 7004, part: 'audit-projection' },
} as const satisfies Record<string, { port: number; part: string; unlessGiven?: keyof Addresses }>;

export type PortVariable = keyof typeof listeners;

const variables = Object.keys(listeners) as PortVariable[];

/** In the order of a message's way. */
export const appNames: readonly string[] = [
  'order-service',
  'outbox-relay',
  'revenue-projection',
  'audit-projection',
  'console',
  'order-workload',
];

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
    without: readWithout(env['ORDERLOG_WITHOUT'] ?? ''),
    given: {
      ...(env['DATABASE_URL'] && { DATABASE_URL: env['DATABASE_URL'] }),
      ...(env['KAFKA_BROKERS'] && { KAFKA_BROKERS: env['KAFKA_BROKERS'] }),
      ...(env['SCHEMA_REGISTRY_URL'] && { SCHEMA_REGISTRY_URL: env['SCHEMA_REGISTRY_URL'] }),
    },
  };
}

function readPort(env: NodeJS.ProcessEnv, variable: PortVariable): number {
  const text = env[variable];
  if (text === undefined || text === '') return listeners[variable].port;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new PartFailed(`${variable}=${text} is no port: a number from 1 to 65535 is.`);
}

function readWithout(text: string): string[] {
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !appNames.includes(name));
  if (unknown) throw new PartFailed(`ORDERLOG_WITHOUT names ${unknown}; the apps are ${appNames.join(', ')}.`);
  return names;
}

/** A port that someone else has, said so that the reader can do something about it. */
export const takenPort = (part: string, port: number, variable: string): string =>
  `${part} needs port ${port}, which another program has. Stop that one, or choose another: ${variable}=${port + 1000}`;

/**
 * Looks at every port before anything is started, so that all that are taken are said at once.
 * @throws PartFailed with a line for each
 */
export async function refuseTakenPorts({ ports, given, without }: Settings): Promise<void> {
  const taken: string[] = [];
  for (const variable of variables) {
    const { part, unlessGiven } = { unlessGiven: undefined, ...listeners[variable] };
    if (without.includes(part) || (unlessGiven && given[unlessGiven])) continue;
    if (!(await isFree(ports[variable]))) taken.push(takenPort(part, ports[variable], variable));
  }
  if (taken.length > 0) throw new PartFailed(taken.join('\n'));
}
