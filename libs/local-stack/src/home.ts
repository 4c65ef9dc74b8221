import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The root of this repository: this file lies in libs/local-stack/{src,dist}. */
export const repository = resolve(import.meta.dirname, '../../..');

/** Where one stack keeps what it has. Data outlives a run; run/ names the processes that it has started. */
export interface Home {
  data: string;
  logs: string;
  run: string;
}

/** @returns the folders below `directory`, which are made where they are missing. */
export function homeAt(directory: string): Home {
  const home = { data: join(directory, 'data'), logs: join(directory, 'logs'), run: join(directory, 'run') };
  for (const folder of Object.values(home)) mkdirSync(folder, { recursive: true });
  return home;
}

/** What Maven fetched (scripts/fetch-parts.mjs): the same for every stack of this clone, and kept by a reset. */
export const fetched = {
  kafka: join(repository, '.orderlog/parts/kafka'),
  registry: join(repository, '.orderlog/parts/registry'),
};

/** Where Node keeps what it has compiled: a quarter of an app's processor time until it is ready. */
export const compileCache = { NODE_COMPILE_CACHE: join(repository, '.orderlog/cache/node') };
