import type { Command } from 'commander';
import type { Config } from '../config.js';
import { runCommand } from '../terminal/run-command.js';
import { wholeNumber } from '../terminal/whole-number.js';
import type { ImportCommandOptions } from './run-import.js';

export function onlineRetailCommand(imports: Command, config: () => Config): void {
  imports
    .command('online-retail')
    .description('a file of the data set Online Retail II, packed or not: each invoice becomes an order')
    .argument('<file>', 'the .csv or .csv.gz file')
    .option('--no-wait', 'do not wait until revenue has counted the import')
    .option('--report <file>', 'where the refused lines are written (default: .orderlog/imports/<name>.refused.csv)')
    .option('--encoding <name>', 'of the file: utf-8, windows-1252 …', 'utf-8')
    .option(
      '--most-lines <number>',
      'refuse longer files: lines are held in memory, about 150 bytes each',
      wholeNumber,
      5_000_000,
    )
    .option('--json', 'print the summary as JSON', false)
    .addHelpText(
      'after',
      `
Every line ends up in a fact or in the report of refused lines. Running it again adds nothing, and after a stop it goes on
where it was. Times are Europe/London; money is GBP, each line rounded half-up to the penny. The whole mapping:
docs/importing-online-retail.md

Exit codes: 0 done (refused lines are in the report), 3 done but an invoice differs from what is in the store, 1 failed.

  orderlog import online-retail online-retail-2009-2010.csv.gz`,
    )
    .action((file: string, options: ImportCommandOptions) =>
      runCommand(async (signal) => {
        const { runImport } = await import('./run-import.js');
        return runImport(file, options, config(), signal);
      }),
    );
}
