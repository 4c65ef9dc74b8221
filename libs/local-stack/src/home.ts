import { accessSync, constants, mkdirSync } from 'node:fs';
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

/**
 * @returns the home of `npm start`; ends the program with a sentence where this user may not write there, which is so
 *   when someone else (root, say) ran it before
 */
export function ownHome(): Home {
  const directory = process.env['ORDERLOG_HOME'] ?? join(repository, '.orderlog');
  try {
    const home = homeAt(directory);
    for (const folder of [home.data, home.logs, home.run]) accessSync(folder, constants.W_OK);
    return home;
  } catch (error) {
    process.stderr.write(
      `This user may not write to ${directory} (${(error as Error).message}). Did another user run it? Run it as that user, or clone it again.\n`,
    );
    process.exit(1);
  }
}

/** What Maven fetched (scripts/fetch-parts.mjs): the same for every stack of this clone, and kept by a reset. */
export const fetched = {
  kafka: join(repository, '.orderlog/parts/kafka'),
  registry: join(repository, '.orderlog/parts/registry'),
};

/** Where Node keeps what it has compiled: a quarter of an app's processor time until it is ready. */
export const compileCache = { NODE_COMPILE_CACHE: join(repository, '.orderlog/cache/node') };
