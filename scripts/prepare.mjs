/**
 * From a fresh clone to programs that can be started, with nothing but Node 20, npm, Java and Maven. Each step does
 * nothing where its work is done. Imports nothing that must be installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchParts, partsAreFetched } from './fetch-parts.mjs';
import { missingPrerequisites } from './prerequisites.mjs';
import { stateOfBuild } from './state-of-build.mjs';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Node 24, which npm installs: the programs run on it, whichever Node started the script. */
export const node = join(repository, 'node_modules/node/bin/node');

/** The environment of what runs on it: its Node and the installed programs come first. */
export const environment = () => ({
  ...process.env,
  PATH: [join(repository, 'node_modules/node/bin'), join(repository, 'node_modules/.bin'), process.env.PATH].join(
    delimiter,
  ),
});

/** Ends the script with a sentence for the person at the terminal. */
export function giveUp(sentence) {
  console.error(`\n${sentence}`);
  process.exit(1);
}

function run(command, args, whatFailed, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: repository, stdio: 'inherit', ...options });
  if (status !== 0) giveUp(`${whatFailed}${error ? `: ${error.message}` : ''}.`);
}

const lock = join(repository, 'package-lock.json');
const installed = join(repository, 'node_modules/.package-lock.json');
const stamp = join(repository, 'node_modules/.orderlog-lock.sha256');
const hashOfLock = () => createHash('sha256').update(readFileSync(lock)).digest('hex');

/** npm ci empties node_modules first, so it runs only when the lock file is another than what was installed. */
function isInstalled() {
  if (!existsSync(installed)) return false;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfLock()) return true;
  return statSync(installed).mtimeMs > statSync(lock).mtimeMs;
}

function install() {
  if (!isInstalled()) {
    console.log('Installing packages (npm ci) …');
    const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    run(npm[0], [...npm.slice(1), ...args], 'npm ci failed; what it says above is why');
    writeFileSync(stamp, hashOfLock());
  }
  if (spawnSync(node, ['--version']).status !== 0) {
    giveUp(`npm left out Node 24, which the package "node" installs by a script. Allow scripts and run:
  npm rebuild node --ignore-scripts=false`);
  }
}

const buildStamp = join(repository, 'node_modules/.orderlog-build.json');

/**
 * Nx builds what has changed since the last time. Where nothing has, it is not asked: without its daemon it removes what
 * was built and puts it back from its cache, under the programs and tests that run on it.
 */
export function build() {
  const before = stateOfBuild(repository);
  if (existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === JSON.stringify(before)) return;
  const nx = [join(repository, 'node_modules/.bin/nx'), 'run-many', '-t', 'build', '--outputStyle=static'];
  const { status, stdout, stderr } = spawnSync(node, nx, { cwd: repository, env: environment(), encoding: 'utf8' });
  if (status !== 0) giveUp(`${stdout}${stderr}\nThe build failed; what it says above is why.`);
  const { built } = stateOfBuild(repository);
  writeFileSync(buildStamp, JSON.stringify({ sources: before.sources, built })); // what is written meanwhile is built next
}

/** Checks the machine, installs, fetches and builds: as much of it as is not done yet. */
export function prepare() {
  const missing = missingPrerequisites(undefined, partsAreFetched() ? ['Node.js', 'Java'] : undefined);
  if (missing.length > 0) giveUp(`This is missing:\n${missing.map((sentence) => `  - ${sentence}`).join('\n')}`);
  install();
  try {
    fetchParts();
  } catch (error) {
    giveUp(error.message);
  }
  build();
}
