import type { Command } from 'commander';
import type { Config } from '../config.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { runCommand } from '../terminal/run-command.js';
import { seconds } from '../terminal/whole-number.js';

export function topicsCommand(program: Command, config: () => Config): void {
  const topics = program.command('topics').description('the Kafka topics of the platform');
  topics
    .command('create')
    .description('make those that are missing; those that stand are only compared')
    .option('--wait <seconds>', 'how long to wait for Kafka (60)', seconds, 60_000)
    .addHelpText('after', '\nTOPIC_REPLICATION says how many copies each partition has (1). Again: nothing new.')
    .action((options: { wait: number }) =>
      runCommand(async (signal) => {
        await runCreateTopics(config(), signal, options.wait);
        return exitCodes.done;
      }),
    );
  topics
    .command('check')
    .description('compare the topics with what they have to be')
    .addHelpText('after', '\nExit codes: 0 they are, 3 they are not, 1 Kafka could not be asked.')
    .action(() =>
      runCommand(async () => {
        const { differencesOfTopics } = await import('./create-topics.js');
        const differences = await differencesOfTopics(config());
        for (const difference of differences) process.stdout.write(`NO  ${difference}\n`);
        if (differences.length === 0) process.stdout.write('All topics are what they have to be.\n');
        return differences.length === 0 ? exitCodes.done : exitCodes.findings;
      }),
    );
}

export async function runCreateTopics(config: Config, signal: AbortSignal, waitMs: number): Promise<void> {
  const { createTopics } = await import('./create-topics.js');
  const { made, found } = await createTopics(config, signal, waitMs);
  for (const topic of made) process.stdout.write(`${topic}: made\n`);
  for (const topic of found) process.stdout.write(`${topic}: was there\n`);
}
