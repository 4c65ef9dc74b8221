import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { repository } from '../home.js';
import type { Addresses } from '../infrastructure.js';
import { freePorts } from '../ports.js';
import { defaultPorts, type PortVariable } from '../settings.js';
import { createDatabase, migratesRoles, type TestDatabase } from './database.js';
import { ownName, stackAddresses, topicPrefix } from './stack.js';

/** Every app of ours on the stack of this test, with a database, topics, groups and ports that no other test has. */
export interface Platform {
  addresses: Addresses;
  urls: { orders: string; relay: string; revenue: string; audit: string; console: string };
  topicPrefix: string;
  database: TestDatabase;
  /** The process that an app runs as now; another one after it was started again. */
  pidOf(app: string): number;
  /** What `npm start` would show at the terminal; with a name, the log of that app. */
  log(app?: string): string;
  /** Stops everything in order and forgets the data. */
  stop(): Promise<void>;
}

/**
 * Starts the platform as `npm start` does (the same program), on the stack of this test. It stops by itself when the
 * test's process ends, whichever way.
 * @param options.without apps to leave out; the workload is left out unless its arguments are given
 * @throws with the log, where it does not start
 */
export async function startPlatform(
  options: { without?: readonly string[]; workload?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Platform> {
  const home = join(repository, '.orderlog/test', `platform-${ownName()}`);
  mkdirSync(join(home, 'logs'), { recursive: true });
  const database = await createDatabase();
  const prefix = topicPrefix();
  const variables = Object.keys(defaultPorts) as PortVariable[];
  const free = await freePorts(variables.length);
  const ports = Object.fromEntries(variables.map((name, index) => [name, free[index]])) as Record<PortVariable, number>;
  const without = [...(options.without ?? []), ...(options.workload ? [] : ['order-workload'])];

  const output = openSync(join(home, 'logs/start.log'), 'a');
  const platform = fork(join(repository, 'libs/local-stack/dist/start.js'), options.workload ?? [], {
    cwd: repository,
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
    env: {
      ...process.env,
      NODE_OPTIONS: '', // Jest's own
      ...stackAddresses(),
      DATABASE_URL: database.connectionString,
      TOPIC_PREFIX: prefix,
      ORDERLOG_HOME: home,
      ORDERLOG_WITHOUT: without.join(','),
      ...Object.fromEntries(variables.map((name) => [name, String(ports[name])])),
      ...options.env,
    },
  });
  closeSync(output);
  const log = (app = 'start') => readFileSync(join(home, 'logs', `${app}.log`), 'utf8');

  const oneAtATime = new pg.Client({ connectionString: stackAddresses().DATABASE_URL });
  await oneAtATime.connect();
  try {
    await oneAtATime.query('select pg_advisory_lock($1)', [migratesRoles]);
    await new Promise<void>((resolve, reject) => {
      platform.once('message', () => resolve());
      platform.once('exit', () => reject(new Error(`The platform did not start:\n${log()}`)));
    });
  } finally {
    await oneAtATime.end();
  }
  const url = (variable: PortVariable) => `http://127.0.0.1:${ports[variable]}`;
  return {
    addresses: { ...stackAddresses(), DATABASE_URL: database.connectionString },
    urls: {
      orders: url('ORDERS_PORT'),
      relay: url('RELAY_PORT'),
      revenue: url('REVENUE_PORT'),
      audit: url('AUDIT_PORT'),
      console: url('CONSOLE_PORT'),
    },
    topicPrefix: prefix,
    database,
    pidOf: (app) => Number(readFileSync(join(home, 'run', `${app}.pid`), 'utf8')),
    log,
    stop: async () => {
      if (platform.exitCode === null && platform.signalCode === null) {
        const stopped = once(platform, 'exit');
        platform.kill('SIGTERM');
        await stopped;
      }
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
