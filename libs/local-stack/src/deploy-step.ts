import { join } from 'node:path';
import { compileCache, repository } from './home.js';
import type { Addresses } from './infrastructure.js';
import { databaseUrls } from './parts/apps.js';
import type { Supervisor } from './supervisor.js';

/**
 * Migrates the database, makes the topics and registers the schemas: what a deploy does before any app starts. The
 * roles that these apps work as get the passwords of their connection strings.
 */
export function deploy(supervisor: Supervisor, addresses: Addresses, apps: readonly { name: string }[]): Promise<void> {
  return supervisor.runOnce('deploy', {
    launch: {
      command: process.execPath,
      args: ['--enable-source-maps', join(repository, 'apps/cli/dist/main.js'), 'prepare'],
      env: { ...compileCache, ...addresses, ...databaseUrls(addresses, apps) },
    },
    withinMs: 120_000,
  });
}
