/**
 * `npm start [-- --rate N]`: the whole platform, from a fresh clone. Prepares what is missing and hands over to Node 24,
 * which runs libs/local-stack/src/start.ts until it is told to stop.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environment, node, prepare, repository } from './prepare.mjs';

const home = process.env.ORDERLOG_HOME ?? join(repository, '.orderlog');
const program = join(repository, 'libs/local-stack/dist');
if ([join(home, 'run/supervisor.pid'), node, join(program, 'running.js')].every((file) => existsSync(file))) {
  const { status } = spawnSync(node, [join(program, 'running.js')], { cwd: repository, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
prepare();

// Detached, so that Ctrl-C reaches it through us alone; the channel tells it when we have gone.
const supervisor = spawn(
  node,
  ['--disable-warning=TimeoutNegativeWarning', join(program, 'start.js'), ...process.argv.slice(2)],
  { cwd: repository, env: environment(), stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true },
);
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => supervisor.kill(name));
supervisor.on('exit', (code) => process.exit(code ?? 1));

// npm cannot pass on the signal that kills it: without it we are somebody else's child, and stop.
const parent = process.ppid;
if (process.env.npm_lifecycle_event === 'start') {
  setInterval(() => process.ppid !== parent && supervisor.kill('SIGTERM'), 500).unref();
}
