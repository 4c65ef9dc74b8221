/**
 * `npm test [-- pattern]`: everything, from a fresh clone. Jest starts the stack that tests need and stops it again,
 * and this script does not end before that has ended too, also after Ctrl-C.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment, node, prepare, repository } from './prepare.mjs';

prepare();

const scratch = mkdtempSync(join(tmpdir(), 'orderlog-test-'));
const stackPidFile = join(scratch, 'stack.pid');
const jest = spawn(
  node,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(repository, 'node_modules/.bin/jest'),
    ...process.argv.slice(2),
  ],
  { cwd: repository, stdio: 'inherit', env: { ...environment(), ORDERLOG_STACK_PID_FILE: stackPidFile } },
);
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => jest.kill(name));

jest.on('exit', async (code) => {
  const pid = existsSync(stackPidFile) ? Number(readFileSync(stackPidFile, 'utf8')) : undefined;
  const deadline = Date.now() + 60_000;
  while (pid && isRunning(pid) && Date.now() < deadline) await sleep(50);
  rmSync(scratch, { recursive: true, force: true });
  process.exit(code ?? 1);
});

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
