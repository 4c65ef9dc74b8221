import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { home } from '../home.js';

export interface ReleasedSchema {
  release: string;
  text: string;
}

/** The versions of one schema that have been released, oldest first: schemas/released/<version>/<name>.avsc. */
export function releasedSchemas(name: string, folder = join(home, 'schemas/released')): ReleasedSchema[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, `${name}.avsc`)))
    .map((entry) => entry.name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((release) => ({ release, text: readFileSync(join(folder, release, `${name}.avsc`), 'utf8') }));
}
