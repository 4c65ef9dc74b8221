import { join } from 'node:path';
import { fetched } from '../home.js';
import { makeDatabase } from '../make-database.js';
import type { Part } from '../part.js';
import { javaEnvironment } from './java.js';

/**
 * Apicurio Registry, which answers as Confluent's does. It keeps its schemas in Postgres, in a database and with a role
 * of its own: its default is memory, and after a restart the same id would mean another schema.
 */
export function registry(options: { port: number; databaseUrl: string }): Part {
  const database = new URL(options.databaseUrl);
  return {
    name: 'registry',
    stage: 'registry',
    ports: [{ port: options.port, variable: 'REGISTRY_PORT' }],
    prepare: () => makeDatabase(options.databaseUrl, { name: 'registry', owner: 'registry' }),
    launch: () => ({
      command: 'java',
      args: [
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1', // it answers a few look-ups: the second compiler would only cost start-up time
        '-Xmx256m',
        '-jar',
        join(fetched.registry, 'apicurio-registry-app-3.0.9-runner.jar'),
      ],
      env: {
        ...javaEnvironment,
        QUARKUS_HTTP_HOST: '127.0.0.1',
        QUARKUS_HTTP_PORT: String(options.port),
        QUARKUS_HTTP_ACCESS_LOG_ENABLED: 'false',
        APICURIO_STORAGE_KIND: 'sql',
        APICURIO_STORAGE_SQL_KIND: 'postgresql',
        APICURIO_DATASOURCE_URL: `jdbc:postgresql://${database.hostname}:${database.port || '5432'}/registry`,
        APICURIO_DATASOURCE_USERNAME: 'registry',
        APICURIO_DATASOURCE_PASSWORD: 'registry',
        APICURIO_DATASOURCE_JDBC_INITIAL_SIZE: '1',
        APICURIO_DATASOURCE_JDBC_MIN_SIZE: '1',
        APICURIO_DATASOURCE_JDBC_MAX_SIZE: '10',
      },
    }),
    ready: () => askRegistry(registryUrl(options.port)),
    readyWithinMs: 90_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 15_000,
  };
}

export const registryUrl = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`;

/** @throws while it does not answer */
export async function askRegistry(url: string): Promise<void> {
  const answer = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
}
