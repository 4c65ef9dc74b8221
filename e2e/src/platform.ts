import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import {
  createDatabase,
  eventually,
  freePorts,
  ownDirectory,
  repository,
  stackAddresses,
  topicPrefix,
} from '@orderlog/local-stack';

/** Where a platform of a test answers. */
export interface Addresses {
  DATABASE_URL: string;
  KAFKA_BROKERS: string;
  SCHEMA_REGISTRY_URL: string;
  ORDERS_URL: string;
  RELAY_URL: string;
  REVENUE_URL: string;
  AUDIT_URL: string;
}

/** The whole platform, as `npm start` runs it, on ports, names and data of its own. */
export interface Platform extends Addresses {
  CONSOLE_URL: string;
  prefix: string;
  /** Where its data and logs are; with Postgres and Kafka of its own, theirs too. */
  home: string;
  /** Kills a part as the machine would, with SIGKILL; the platform starts it again. */
  kill(part: string): Promise<void>;
  /** Tells a part to stop in order; the platform starts it again. */
  restart(part: string): Promise<void>;
  /** Stops a part in its tracks with SIGSTOP, as a paused machine would. */
  pause(part: string): Promise<void>;
  resume(part: string): Promise<void>;
  stop(): Promise<void>;
}

const readyWithinMs = 120_000;
const storyWithinMs = 60_000;
const stopWithinMs = 60_000;
const appPorts = ['CONSOLE_PORT', 'ORDERS_PORT', 'RELAY_PORT', 'REVENUE_PORT', 'AUDIT_PORT'];
const infrastructurePorts = ['POSTGRES_PORT', 'KAFKA_PORT', 'KAFKA_CONTROLLER_PORT', 'REGISTRY_PORT'];

/**
 * Starts a platform, and waits until its workload has told the story of Order #8471: a test that counts facts would
 * otherwise count with it or against it, as it happens.
 * @param infrastructure `shared`: Postgres, Kafka and registry of all tests, under names of its own; `own`: three of its
 *   own, so that a test may kill them
 * @param rate orders a second of the workload
 * @throws with the last lines of what it said, where it is not ready in time
 */
export async function startPlatform(options: { infrastructure: 'shared' | 'own'; rate: number }): Promise<Platform> {
  const home = ownDirectory('platform');
  const own = options.infrastructure === 'own';
  const database = own ? undefined : await createDatabase();
  const prefix = own ? '' : topicPrefix();
  const names = own ? [...appPorts, ...infrastructurePorts] : appPorts;
  const ports = await freePorts(names.length);
  const addresses = own
    ? { DATABASE_URL: undefined, KAFKA_BROKERS: undefined, SCHEMA_REGISTRY_URL: undefined }
    : { ...stackAddresses(), DATABASE_URL: database!.connectionString };
  const platform = spawn(
    process.execPath,
    [join(repository, 'libs/local-stack/dist/start.js'), '--rate', String(options.rate)],
    {
      cwd: repository,
      env: {
        ...process.env,
        NODE_OPTIONS: undefined,
        ...addresses,
        ...Object.fromEntries(names.map((name, index) => [name, String(ports[index])])),
        ORDERLOG_HOME: home,
        TOPIC_PREFIX: prefix,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  const said: string[] = [];
  for (const stream of [platform.stdout!, platform.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.push(text);
      if (said.length > 200) said.shift();
    });
  }
  const ready = await readiness(platform, said);
  /** Also to a part that has just died and is being started again. */
  const signal = (part: string, name: NodeJS.Signals) =>
    eventually({ withinMs: readyWithinMs }, async () => {
      const pid = await readFile(join(home, 'run', `${part}.pid`), 'utf8').catch(() => '');
      expect(send(Number.parseInt(pid, 10), name)).toBe(true);
    });
  const paused = new Set<string>();
  const resume = async (part: string) => {
    paused.delete(part);
    await signal(part, 'SIGCONT');
  };
  const started: Platform = {
    ...ready,
    CONSOLE_URL: `http://127.0.0.1:${ports[appPorts.indexOf('CONSOLE_PORT')]}`,
    prefix,
    home,
    kill: (part) => signal(part, 'SIGKILL'),
    restart: (part) => signal(part, 'SIGTERM'),
    pause: async (part) => {
      await signal(part, 'SIGSTOP');
      paused.add(part);
    },
    resume,
    stop: async () => {
      for (const part of paused) await resume(part);
      if (platform.exitCode === null && platform.signalCode === null) {
        const ended = once(platform, 'exit', { signal: AbortSignal.timeout(stopWithinMs) });
        platform.kill('SIGTERM');
        await ended.catch(() => platform.kill('SIGKILL'));
      }
      await database?.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
  try {
    await eventually({ withinMs: storyWithinMs }, async () => {
      const { body } = await call(`${ready.ORDERS_URL}/orders/8471`);
      expect(body).toMatchObject({ refunds: [{ refundId: 'refund-8471-1', completed: true }] });
    });
  } catch (error) {
    await started.stop();
    throw error;
  }
  return started;
}

/** @returns whether there was such a process */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return pid > 0 && process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function readiness(platform: ChildProcess, said: string[]): Promise<Addresses> {
  const limit = AbortSignal.timeout(readyWithinMs);
  const answer = await Promise.race([
    once(platform, 'message', { signal: limit }).then(([message]) => (message as { ready: Addresses }).ready),
    once(platform, 'exit', { signal: limit }).then(() => undefined),
  ]).catch(() => undefined);
  if (answer) return answer;
  platform.kill('SIGTERM');
  throw new Error(`The platform was not ready within ${readyWithinMs} ms. It said:\n${said.join('').slice(-4_000)}`);
}

/** Calls a service; waits 30 s at most. */
export async function call<Body = Record<string, unknown>>(
  url: string,
  options: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: Body; headers: Headers }> {
  const answer = await fetch(url, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: { ...(options.body !== undefined && { 'content-type': 'application/json' }), ...options.headers },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, body: (await answer.json()) as Body, headers: answer.headers };
}
