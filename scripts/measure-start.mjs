/**
 * `npm run measure:start`: how long from `npm start` until the first new order is visible in revenue, and what memory
 * each process has then. Starts the platform as a person would, and stops it again. Needs only Node 20.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const run = join(process.env.ORDERLOG_HOME ?? join(repository, '.orderlog'), 'run');
const revenue = `http://127.0.0.1:${process.env.REVENUE_PORT ?? 7003}/revenue?groupBy=currency&days=90`;
const limitMs = 600_000;

/** All that was captured, over the currencies: it grows with the first new payment. Undefined while nobody answers. */
async function captured() {
  try {
    const answer = await fetch(revenue, { signal: AbortSignal.timeout(2_000) });
    const { rows } = await answer.json();
    return rows.reduce((sum, row) => sum + row.captured, 0);
  } catch {
    return undefined;
  }
}

if ((await captured()) !== undefined) {
  console.error(`Something answers at ${revenue} already: what is to be measured must start first.`);
  process.exit(1);
}
const startedAt = Date.now();
const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
const platform = spawn('npm', ['start'], { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'] });

let before;
while (platform.exitCode === null && Date.now() - startedAt < limitMs) {
  const now = await captured();
  if (now !== undefined) before ??= now;
  if (now !== undefined && now !== before) break;
  await sleep(50);
}
if (platform.exitCode !== null || Date.now() - startedAt >= limitMs) {
  console.error('No new order became visible in revenue.');
  process.exitCode = 1;
} else {
  console.log(`\nfirst new order visible in revenue after ${seconds()}\nmemory, MB:`);
  for (const file of readdirSync(run).filter((name) => name.endsWith('.pid'))) {
    const pid = readFileSync(join(run, file), 'utf8').trim();
    const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', pid], { encoding: 'utf8' });
    console.log(`  ${file.slice(0, -'.pid'.length).padEnd(20)} ${Math.round(Number(stdout) / 1024)}`);
  }
}
platform.kill('SIGINT');
