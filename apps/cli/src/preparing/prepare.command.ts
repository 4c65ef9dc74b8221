import type { Command } from 'commander';
import type { Config } from '../config.js';
import { runMigrate } from '../migrating/migrate.command.js';
import { runRegister } from '../schemas/schemas.command.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { runCommand } from '../terminal/run-command.js';
import { seconds } from '../terminal/whole-number.js';
import { runCreateTopics } from '../topics/topics.command.js';

export function prepareCommand(program: Command, config: () => Config): void {
  program
    .command('prepare')
    .description('all that a platform needs before its first start: migrate, topics create, schemas register')
    .option('--wait <seconds>', 'how long to wait for each of Postgres, Kafka and the registry (60)', seconds, 60_000)
    .addHelpText('after', '\nRunning it again changes nothing. Each step is a command of its own, too.')
    .action((options: { wait: number }) =>
      runCommand(async (signal) => {
        const waitMs = options.wait;
        await runMigrate(config(), signal, waitMs);
        await runCreateTopics(config(), signal, waitMs);
        await runRegister(config(), signal, waitMs);
        return exitCodes.done;
      }),
    );
}
