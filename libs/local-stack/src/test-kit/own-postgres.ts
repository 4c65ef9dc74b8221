import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { homeAt } from '../home.js';
import { postgres, superuserOf } from '../parts/postgres.js';
import { freePorts } from '../ports.js';
import { childrenOf, recall, signal } from '../processes.js';
import { Supervisor } from '../supervisor.js';
import { ownDirectory } from './own-directory.js';

/** A Postgres of one test's own, so that it may be killed. */
export interface OwnPostgres {
  /** As the superuser. */
  connectionString: string;
  /** Kills the postmaster and all its backends with SIGKILL, as a machine that loses its power would; it starts again by itself. */
  kill(): void;
  stop(): Promise<void>;
}

/** Starts it, supervised as `npm start` does: durable, and started again whenever it dies. */
export async function ownPostgres(): Promise<OwnPostgres> {
  const directory = ownDirectory('postgres');
  const home = homeAt(directory);
  const supervisor = new Supervisor(home, () => undefined);
  const [port] = (await freePorts(1)) as [number];
  await supervisor.start(postgres({ port, data: join(home.data, 'postgres') }));
  return {
    connectionString: superuserOf(port),
    kill: () => {
      const { pid } = recall(home.run, 'postgres')!;
      signal(pid, 'SIGSTOP'); // or it would see its backends die, and begin to recover
      for (const backend of childrenOf(pid)) signal(backend, 'SIGKILL');
      signal(pid, 'SIGKILL');
    },
    stop: async () => {
      await supervisor.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
