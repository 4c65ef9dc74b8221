import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const pom = join(repository, 'libs/local-stack/pom.xml');
const parts = join(repository, '.orderlog/parts');

const stamp = join(parts, 'pom.sha256');
const wanted = () => createHash('sha256').update(readFileSync(pom)).digest('hex');

export const partsAreFetched = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();

/**
 * Fetches Kafka and the registry by Maven into .orderlog/parts, once for each content of pom.xml. Needs only Node 20:
 * it runs before anything is installed.
 */
export function fetchParts() {
  if (partsAreFetched()) return;
  console.log('Fetching Kafka and the registry by Maven (160 MB, once) …');
  const beside = `${parts}.${process.pid}`;
  mkdirSync(beside, { recursive: true });
  try {
    execFileSync('mvn', ['-q', '-B', '-f', pom, `-Dinto=${beside}`, 'generate-resources'], {
      cwd: repository,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch {
    rmSync(beside, { recursive: true, force: true });
    throw new Error('Maven could not fetch Kafka and the registry: what it says above is why. Is the network there?');
  }
  writeFileSync(join(beside, 'pom.sha256'), wanted());
  rmSync(parts, { recursive: true, force: true });
  renameSync(beside, parts);
}
