import { join } from 'node:path';
import type { Home } from './home.js';
import { makeDatabaseOf } from './make-database.js';
import { askBrokers, kafka } from './parts/kafka.js';
import { postgres, superuserOf } from './parts/postgres.js';
import { askRegistry, registry, registryUrl } from './parts/registry.js';
import { PartFailed } from './part.js';
import type { Supervisor } from './supervisor.js';

/** What an app needs to know of the three parts: under these names the environment may give any of them. */
export interface Addresses {
  DATABASE_URL: string;
  KAFKA_BROKERS: string;
  SCHEMA_REGISTRY_URL: string;
}

export interface Ports {
  postgres: number;
  kafka: number;
  kafkaController: number;
  registry: number;
}

/**
 * Starts Postgres, Kafka and the registry, each as soon as what it stands on is there. A part whose address is given
 * is used instead of started.
 */
export async function startInfrastructure(
  supervisor: Supervisor,
  options: { home: Home; ports: Ports; database: string; given?: Partial<Addresses> },
): Promise<Addresses> {
  const { home, ports, database, given = {} } = options;
  const addresses: Addresses = {
    DATABASE_URL: given.DATABASE_URL ?? superuserOf(ports.postgres, database),
    KAFKA_BROKERS: given.KAFKA_BROKERS ?? `127.0.0.1:${ports.kafka}`,
    SCHEMA_REGISTRY_URL: given.SCHEMA_REGISTRY_URL ?? registryUrl(ports.registry),
  };
  const databaseAndRegistry = async () => {
    if (!given.DATABASE_URL) {
      await supervisor.start(postgres({ port: ports.postgres, data: join(home.data, 'postgres') }));
    }
    await answers('DATABASE_URL', () => makeDatabaseOf(addresses.DATABASE_URL));
    if (!given.SCHEMA_REGISTRY_URL) {
      await supervisor.start(registry({ port: ports.registry, databaseUrl: addresses.DATABASE_URL }));
    }
    await answers('SCHEMA_REGISTRY_URL', () => askRegistry(addresses.SCHEMA_REGISTRY_URL));
  };
  const broker = async () => {
    if (!given.KAFKA_BROKERS) {
      const { kafka: port, kafkaController: controllerPort } = ports;
      await supervisor.start(kafka({ port, controllerPort, data: join(home.data, 'kafka') }));
    }
    await answers('KAFKA_BROKERS', () => askBrokers(addresses.KAFKA_BROKERS));
  };
  /** A part that the environment names is asked once; one that we started has answered already. */
  const answers = async (name: keyof Addresses, ask: () => Promise<unknown>) => {
    if (!given[name] && name !== 'DATABASE_URL') return;
    await ask().catch((error: Error) => {
      throw new PartFailed(`${name} is ${withoutPassword(addresses[name])}, which does not answer: ${error.message}`);
    });
  };
  await Promise.all([databaseAndRegistry(), broker()]);
  return addresses;
}

/** For messages: what a person may see of an address. */
export const withoutPassword = (address: string): string => address.replace(/:[^:@/]*@/, ':…@');
