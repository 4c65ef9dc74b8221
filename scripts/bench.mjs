/** `npm run bench -- <name> [arguments]`: runs bench/src/<name>.ts on a stack of its own, or on the environment's. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { environment, giveUp, node, prepare, repository } from './prepare.mjs';

const [name, ...args] = process.argv.slice(2);
const sources = join(repository, 'bench/src');
if (!name || !existsSync(join(sources, `${name}.ts`))) {
  const names = readdirSync(sources).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  giveUp(
    `Which one? npm run bench -- <name> [--json]\n${names.map((file) => `  ${file.slice(0, -'.ts'.length)}`).join('\n')}`,
  );
}

prepare();
const { default: startStack } = await import('../libs/local-stack/jest-stack-setup.mjs');
const { default: stopStack } = await import('../libs/local-stack/jest-stack-teardown.mjs');
await startStack();
const bench = spawn(node, [join(repository, `bench/dist/${name}.js`), ...args], {
  cwd: repository,
  stdio: 'inherit',
  env: environment(),
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => bench.kill(signal));
bench.on('exit', async (code) => {
  await stopStack();
  process.exit(code ?? 1);
});
