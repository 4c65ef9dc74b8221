import { type Command, Option } from 'commander';
import type { Config } from '../config.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { counted } from '../terminal/numbers.js';
import { Progress } from '../terminal/progress.js';
import { runCommand } from '../terminal/run-command.js';
import { wholeNumber } from '../terminal/whole-number.js';
import type { WhatToSend } from './republish.js';

interface Asked {
  order?: string;
  fromVersion?: number;
  all?: boolean;
  fromPosition?: number;
  dryRun?: boolean;
}

export function republishCommand(program: Command, config: () => Config): void {
  program
    .command('republish')
    .description('send facts to the topic again, where it no longer has what the store has')
    .option('--order <id>', 'this order')
    .option('--from-version <number>', 'from this version on, the first that is wrong on the topic', wholeNumber)
    .addOption(
      new Option('--all', 'every order that has a fact from a position on').conflicts(['order', 'fromVersion']),
    )
    .option(
      '--from-position <number>',
      'with --all: this position; each order from its first fact there on',
      wholeNumber,
    )
    .option('--dry-run', 'only say how much would be sent')
    .addHelpText(
      'after',
      `
For when \`orderlog verify\` says that the topic differs from a store that is right: a tombstone, a message of somebody else
under a fact's key, a fact that is not there. All of the order's facts from the version on are sent again, in order, and its
latest state: a fact that is sent again alone would stand behind its successors for ever once compaction has run. They go
through the outbox, under the append lock, so that nothing newer overtakes them; the relay sends them, and consumers, who
deduplicate by order and version, see what they had. Afterwards the last message under each of these keys is the fact.
A message under a key that is no fact's stays: nothing but a tombstone would take it away, and none is ever sent here.

  orderlog republish --order 8471 --from-version 3
  orderlog republish --all --from-position 120000 --dry-run`,
    )
    .action((asked: Asked) =>
      runCommand(async (signal) => {
        const what = whatToSend(asked);
        const { republish } = await import('./republish.js');
        const progress = new Progress({ what: 'sending again', unit: 'orders' });
        const { orders, messages } = await republish({
          ...{ config: config(), what, signal, onProgress: (done) => progress.at(done) },
          ...(asked.dryRun && { dryRun: true }),
        }).finally(() => progress.clear());
        const wait = asked.dryRun ? 'would wait' : messages === 1 ? 'waits' : 'wait';
        process.stdout.write(
          `${counted(messages, 'message')} of ${counted(orders, 'order')} ${wait} in the outbox, latest states among them.\n`,
        );
        return exitCodes.done;
      }),
    );
}

function whatToSend({ order, fromVersion, all, fromPosition }: Asked): WhatToSend {
  if (order !== undefined && fromVersion !== undefined && fromPosition === undefined) return { order, fromVersion };
  if (all && fromPosition !== undefined) return { fromPosition };
  throw new CommandFailed('send what?', 'Say --order and --from-version, or --all and --from-position.');
}
