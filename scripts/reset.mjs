/** `npm run reset`: forgets data and logs in .orderlog, and keeps what Maven fetched. Refuses while it runs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node, prepare, repository } from './prepare.mjs';

const home = process.env.ORDERLOG_HOME ?? join(repository, '.orderlog');
if (!existsSync(join(home, 'run'))) {
  console.log('There is nothing to forget.');
} else {
  const program = join(repository, 'libs/local-stack/dist/reset.js');
  if (!existsSync(program) || !existsSync(node)) prepare();
  process.exitCode = spawnSync(node, [program], { cwd: repository, stdio: 'inherit' }).status ?? 1;
}
