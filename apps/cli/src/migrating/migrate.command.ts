import type { Command } from 'commander';
import type { Config } from '../config.js';
import { counted } from '../terminal/numbers.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { runCommand } from '../terminal/run-command.js';
import { seconds } from '../terminal/whole-number.js';

export function migrateCommand(program: Command, config: () => Config): void {
  program
    .command('migrate')
    .description('bring the database up to date: database, schemas, tables, roles and their passwords')
    .option('--wait <seconds>', 'how long to wait for Postgres, and for another migration to end (60)', seconds, 60_000)
    .addHelpText(
      'after',
      `
Runs as the owner (DATABASE_URL). Each role gets the password that its address names, where that is in the environment:
ORDERS_, RELAY_, REVENUE_, AUDIT_ and VERIFY_DATABASE_URL; a new role's password is its name otherwise.
Running it again changes nothing; two at the same time take turns.`,
    )
    .action((options: { wait: number }) =>
      runCommand(async (signal) => {
        await runMigrate(config(), signal, options.wait);
        return exitCodes.done;
      }),
    );
}

export async function runMigrate(config: Config, signal: AbortSignal, waitMs: number): Promise<void> {
  const { migrate } = await import('./migrate.js');
  const say = (text: string) => process.stderr.write(`migrate: ${text}\n`);
  const migrated = await migrate({ connectionString: config.DATABASE_URL, env: process.env, waitMs, signal, say });
  if (migrated.databaseMade) process.stdout.write('The database was made.\n');
  for (const { part, files } of migrated.ran) {
    process.stdout.write(`${part}: ${files.length === 0 ? 'nothing to do' : `ran ${counted(files.length, 'file')}`}\n`);
  }
  if (migrated.passwordsSet.length > 0) {
    process.stdout.write(`passwords set of ${migrated.passwordsSet.join(', ')}\n`);
  }
}
