import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts, repository, stackAddresses } from '@orderlog/local-stack';
import type { Outbox } from './given-outbox.js';

/** The relay as it is deployed, in a process of its own: to be killed, paused and told to stop. */
export interface RelayProcess {
  readonly url: string;
  kill(): Promise<void>;
  pause(): void;
  goOn(): void;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
  /** Whether it has said this since it began. */
  said(signal: string): boolean;
}

export async function startRelayProcess(outbox: Outbox, env: Record<string, string> = {}): Promise<RelayProcess> {
  const main = join(repository, 'apps/outbox-relay/dist/main.js');
  if (!existsSync(main)) throw new Error(`${main} is not there: npm run build`);
  const [port] = await freePorts(1);
  const child: ChildProcess = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      RELAY_PORT: String(port),
      RELAY_DATABASE_URL: outbox.databaseUrl,
      RELAY_LEASE_MS: '3000',
      RELAY_SEND_DEADLINE_MS: '1500',
      KAFKA_BROKERS: stackAddresses().KAFKA_BROKERS,
      TOPIC_PREFIX: outbox.prefix,
      ...env,
    },
  });
  const signals = new Set<string>();
  const started = Promise.withResolvers<void>();
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  void exited.then((code) => started.reject(new Error(`the relay ended with ${code}`)));
  started.promise.catch(() => undefined);
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const { signal } = JSON.parse(line) as { signal: string };
    signals.add(signal);
    if (signal === 'service.started') started.resolve();
  });
  await started.promise;
  return {
    url: `http://127.0.0.1:${port}`,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    said: (signal) => signals.has(signal),
  };
}
