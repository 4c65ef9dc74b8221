import { join } from 'node:path';
import { compileCache, repository } from '../home.js';
import type { Addresses } from '../infrastructure.js';
import { type Launch, type Part, WaitsForPerson } from '../part.js';
import type { PortVariable, Settings } from '../settings.js';

/** An app of ours, as data: its stage of the stop, its port, and the database role that it works as. */
interface App {
  name: string;
  stage: Part['stage'];
  port?: PortVariable;
  database?: { variable: string; role: string };
}

const apps: readonly App[] = [
  {
    name: 'order-service',
    stage: 'app',
    port: 'ORDERS_PORT',
    database: { variable: 'ORDERS_DATABASE_URL', role: 'orders' },
  },
  {
    name: 'outbox-relay',
    stage: 'relay',
    port: 'RELAY_PORT',
    database: { variable: 'RELAY_DATABASE_URL', role: 'relay' },
  },
  {
    name: 'revenue-projection',
    stage: 'app',
    port: 'REVENUE_PORT',
    database: { variable: 'REVENUE_DATABASE_URL', role: 'revenue' },
  },
  {
    name: 'audit-projection',
    stage: 'app',
    port: 'AUDIT_PORT',
    database: { variable: 'AUDIT_DATABASE_URL', role: 'audit' },
  },
  { name: 'console', stage: 'app', port: 'CONSOLE_PORT' },
  { name: 'order-workload', stage: 'workload' },
];

/** Who calls whom: only these are told where the others are. */
const callers = ['console', 'order-workload'];

/**
 * @param workloadArguments what was said after `npm start --`
 * @returns the apps, to be started once everything below them is there
 */
export function appParts(options: {
  settings: Settings;
  addresses: Addresses;
  workloadArguments: readonly string[];
}): Part[] {
  const wanted = apps.filter(({ name }) => !options.settings.without.includes(name));
  return wanted.map((app) => {
    const port = app.port && options.settings.ports[app.port];
    return {
      name: app.name,
      stage: app.stage,
      ports: app.port && port ? [{ port, variable: app.port }] : [],
      launch: (): Launch => ({
        command: process.execPath,
        args: [
          '--enable-source-maps',
          join(repository, 'apps', app.name, 'dist/main.js'),
          ...(app.name === 'order-workload' ? options.workloadArguments : []),
        ],
        env: environmentOf(app, options),
      }),
      ...(port && { ready: () => askApp(port) }),
      readyWithinMs: 60_000,
      stopSignal: 'SIGTERM',
      stopWithinMs: 15_000,
    };
  });
}

function environmentOf(app: App, { settings, addresses }: { settings: Settings; addresses: Addresses }): Launch['env'] {
  return {
    ...compileCache,
    KAFKA_BROKERS: addresses.KAFKA_BROKERS,
    SCHEMA_REGISTRY_URL: addresses.SCHEMA_REGISTRY_URL,
    DATABASE_URL: undefined, // the owner's: no app needs that much
    ...(app.port && { [app.port]: String(settings.ports[app.port]) }),
    ...(app.database && { [app.database.variable]: databaseUrlOf(app.database, addresses) }),
    ...(callers.includes(app.name) && appUrls(settings)),
    // Whose word order-service has in its dossiers.
    ...(app.name === 'order-service' && { AUDIT_URL: appUrls(settings)['AUDIT_URL'] }),
  };
}

/** Where the apps answer, under the names that callers read. */
export const appUrls = (settings: Settings): Record<string, string> => ({
  ORDERS_URL: `http://127.0.0.1:${settings.ports.ORDERS_PORT}`,
  RELAY_URL: `http://127.0.0.1:${settings.ports.RELAY_PORT}`,
  REVENUE_URL: `http://127.0.0.1:${settings.ports.REVENUE_PORT}`,
  AUDIT_URL: `http://127.0.0.1:${settings.ports.AUDIT_PORT}`,
});

/** The connection strings that these apps work with, as the environment has them or as the deploy step makes the roles. */
export const databaseUrls = (addresses: Addresses, of: readonly { name: string }[]): Record<string, string> =>
  Object.fromEntries(
    apps
      .filter(({ name }) => of.some((each) => each.name === name))
      .flatMap(({ database }) => (database ? [[database.variable, databaseUrlOf(database, addresses)]] : [])),
  );

function databaseUrlOf({ variable, role }: { variable: string; role: string }, addresses: Addresses): string {
  const given = process.env[variable];
  if (given) return given;
  const url = new URL(addresses.DATABASE_URL);
  url.username = role;
  url.password = role;
  return url.href;
}

/** @throws WaitsForPerson where nothing but a command of ours, which only a person runs, makes the app ready */
export async function askApp(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(5_000) });
  if (answer.ok) return;
  const said = await answer.text();
  const recover = /"reason":"([^"]*`orderlog recover`[^"]*)"/.exec(said)?.[1];
  if (recover !== undefined) throw new WaitsForPerson(recover);
  throw new Error(`/health/ready answered ${answer.status}: ${said.slice(0, 500)}`);
}
