import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..');
const pom = join(repository, 'libs/local-stack/pom.xml');
const parts = join(repository, '.orderlog/parts');

/**
 * Fetches Kafka and the registry by Maven into .orderlog/parts, once for each content of pom.xml. Needs only Node 20:
 * it runs before anything is installed.
 */
export function fetchParts() {
  const wanted = createHash('sha256').update(readFileSync(pom)).digest('hex');
  const stamp = join(parts, 'pom.sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

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
  writeFileSync(join(beside, 'pom.sha256'), wanted);
  rmSync(parts, { recursive: true, force: true });
  renameSync(beside, parts);
}
