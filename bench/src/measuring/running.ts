import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repository } from '@orderlog/local-stack';

/** A server in a process of its own. */
export interface Running {
  url: URL;
  process: ChildProcess;
}

/** Starts a server and waits until it is ready. */
export async function start(program: string[], port: number, env: NodeJS.ProcessEnv): Promise<Running> {
  const child = spawn(process.execPath, program, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const url = new URL(`http://127.0.0.1:${port}`);
  for (const began = performance.now(); performance.now() - began < 60_000; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`${program.join(' ')} ended with ${child.exitCode}`);
    const answer = await fetch(new URL('/health/ready', url)).catch(() => undefined);
    if (answer?.ok) return { url, process: child };
  }
  child.kill('SIGKILL');
  throw new Error(`${program.join(' ')} was not ready within a minute`);
}

export async function stop({ process: child }: Running): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
  child.kill('SIGTERM');
  await ended.catch(() => child.kill('SIGKILL'));
}

/** Does what a deployment does before the services start. */
export async function preparePlatform(env: NodeJS.ProcessEnv): Promise<void> {
  const prepared = spawn(process.execPath, [join(repository, 'apps/cli/dist/main.js'), 'prepare'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(prepared, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`orderlog prepare ended with ${code}`);
}
