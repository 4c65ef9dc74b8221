/** `npm run reset`: forgets data, logs and test stacks in .orderlog, and keeps what Maven fetched. Refuses while it runs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node, prepare, repository } from './prepare.mjs';

if (!existsSync(join(repository, '.orderlog/run'))) {
  console.log('There is nothing to forget.');
} else {
  const program = join(repository, 'libs/local-stack/dist/reset.js');
  if (!existsSync(program) || !existsSync(node)) prepare();
  process.exitCode = spawnSync(node, [program], { cwd: repository, stdio: 'inherit' }).status ?? 1;
}
