import { createInterface } from 'node:readline/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config.js';
import { type ExitCode, exitCodes } from '../terminal/exit-codes.js';
import { runCommand } from '../terminal/run-command.js';
import { forgetCustomer } from './forget-customer.js';
import { whatWasDone } from './what-was-done.js';

interface Asked {
  reason: string;
  actor?: string;
  url?: string;
  yes?: boolean;
}

export function forgetCommand(program: Command, config: () => Config): void {
  program
    .command('forget')
    .description('erase a person: destroy the key that opens who a customer is, for ever')
    .argument('<customer>', 'the customer’s ID, as orders carry it')
    .option('--reason <text>', 'why; it is kept for ever, so without personal data', 'asked to be forgotten')
    .option('--actor <name>', 'who does it, as the records are to say')
    .option('--url <url>', 'where order-service answers (ORDERS_URL where it is not said)', httpUrl)
    .option('--yes', 'do not ask at a terminal')
    .addHelpText(
      'after',
      `
Names, e-mail addresses and postal addresses are encrypted under a key of their customer wherever they are kept. This
destroys the key: what is sealed with it in facts, topics, projections and snapshots stays, and nobody can open it.
Each of the customer's orders says so (CustomerForgotten). No fact is changed: chains, proofs and totals hold as before.
It cannot be undone; told again it changes nothing. docs/erasing-a-person.md says what it does not reach.

Exit codes: 0 done (also where it was done before, or there was nothing to forget), 3 done but the table's file still has
the key as a dead row, 1 failed or not confirmed.`,
    )
    .action((customer: string, asked: Asked) => runCommand((signal) => forget(config(), customer, asked, signal)));
}

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new InvalidArgumentError('must start with http:// or https://.');
  return text.replace(/\/+$/, '');
}

async function forget(config: Config, customer: string, asked: Asked, signal: AbortSignal): Promise<ExitCode> {
  const { reason, actor, url, yes } = asked;
  if (!yes && process.stdin.isTTY && !(await isConfirmed(customer, signal))) {
    process.stderr.write('orderlog: nothing was done\n');
    return exitCodes.failed;
  }
  const erasure = await forgetCustomer(url ?? config.ORDERS_URL, customer, { reason, actor, signal });
  process.stdout.write(`${whatWasDone(erasure).join('\n')}\n`);
  return erasure.keys.every(({ wiped }) => wiped) ? exitCodes.done : exitCodes.findings;
}

/** By writing the ID once more: a `y` is typed too easily for what cannot be undone. */
async function isConfirmed(customer: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    process.stderr.write(`Who customer ${customer} is will be unreadable for ever, in every order of theirs.\n`);
    return (await terminal.question('Write the customer’s ID once more to go on: ', { signal })).trim() === customer;
  } finally {
    terminal.close();
  }
}
