import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDatabase, eventually, freePorts, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { expect } from '@jest/globals';

const run = promisify(execFile);

/** Processes of order-service that share a database, and nothing else. */
export interface OrderServices {
  urls: string[];
  DATABASE_URL: string;
  stop(): Promise<void>;
}

/** Deploys to a database and topics of their own, and starts them. @param env beside what tells them where all is */
export async function startOrderServices(count: number, env: Record<string, string> = {}): Promise<OrderServices> {
  const database = await createDatabase();
  const all = {
    ...process.env,
    NODE_OPTIONS: '',
    ...stackAddresses(),
    DATABASE_URL: database.connectionString,
    ORDERS_DATABASE_URL: database.as('orders'),
    TOPIC_PREFIX: topicPrefix(),
    LOG_LEVEL: 'warn',
    ...env,
  };
  await run(process.execPath, [join(repository, 'apps/cli/dist/main.js'), 'prepare'], { env: all });
  const ports = await freePorts(count);
  const processes = ports.map((port) =>
    spawn(process.execPath, [join(repository, 'apps/order-service/dist/main.js')], {
      cwd: repository,
      env: { ...all, DATABASE_URL: undefined, ORDERS_PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map(end));
    await database.drop();
  };
  try {
    await Promise.all(
      urls.map((url) =>
        eventually({ withinMs: 60_000 }, async () => {
          const ready = await fetch(`${url}/health/ready`).catch(() => undefined);
          expect(ready?.status).toBe(200);
        }),
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls, DATABASE_URL: database.connectionString, stop };
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit', { signal: AbortSignal.timeout(20_000) });
  process.kill('SIGTERM');
  await ended.catch(() => process.kill('SIGKILL'));
}
