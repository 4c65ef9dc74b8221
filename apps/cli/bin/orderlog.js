#!/usr/bin/env node
// Runs the built program on the Node that the workspace pins: whoever types `orderlog` may have an older one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const pinned = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

if (!existsSync(main)) {
  process.stderr.write('orderlog is not built yet.\n  What to do: npm run build\n');
  process.exitCode = 1;
} else if (Number(process.versions.node.split('.')[0]) >= 24 || !existsSync(pinned)) {
  await import(main);
} else {
  // Ctrl-C reaches both; the child decides when to leave, and with which code.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('exit', (code, signal) => (process.exitCode = signal ? 1 : (code ?? 1)));
}
