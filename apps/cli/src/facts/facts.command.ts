import type { Command } from 'commander';
import type { Config } from '../config.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { count, counted } from '../terminal/numbers.js';
import { Progress } from '../terminal/progress.js';
import { runCommand } from '../terminal/run-command.js';

export function factsCommand(program: Command, config: () => Config): void {
  const facts = program.command('facts').description('the facts that the store holds');
  facts
    .command('check')
    .description('can this release read every fact there is? before it is deployed, or rolled back')
    .option('--all', 'look at every fact, also at those that a service or migration has looked at', false)
    .addHelpText(
      'after',
      `
Each type of facts in each version of its shape (schema_version) must have a way to today's shape: order-service does not
start where one has none. Without --all only the facts that nobody has looked at yet are read.

It reads as role verify (VERIFY_DATABASE_URL), and changes nothing.
Exit codes: 0 it can, 3 it cannot (which, and the first fact of each, is said), 1 the store could not be asked.`,
    )
    .action((options: { all: boolean }) =>
      runCommand(async (signal) => {
        const { checkFacts } = await import('./check-facts.js');
        const progress = new Progress({ what: 'looking at shapes', unit: 'facts' });
        const { shapes, unreadable, upTo } = await checkFacts({
          connectionString: config().VERIFY_DATABASE_URL,
          ...{ all: options.all, signal, onProgress: (done, of) => progress.at(done, of) },
        }).finally(() => progress.clear());
        for (const { says } of unreadable) process.stdout.write(`NO  ${says}\n`);
        if (unreadable.length === 0) {
          process.stdout.write(
            `This release reads every fact up to position ${count(upTo)}: ${counted(shapes.length, 'shape')}.\n`,
          );
          return exitCodes.done;
        }
        process.stdout.write(
          'This release is older than the one that wrote them: deploy the one that wrote them, or newer.\n',
        );
        return exitCodes.findings;
      }),
    );
}
