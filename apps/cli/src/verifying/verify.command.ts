import type { Command } from 'commander';
import type { Config } from '../config.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { count, counted, duration } from '../terminal/numbers.js';
import { Progress } from '../terminal/progress.js';
import { runCommand } from '../terminal/run-command.js';
import type { Difference } from './known-facts.js';

export function verifyCommand(program: Command, config: () => Config): void {
  program
    .command('verify')
    .description(
      'has anybody touched a fact? compares the store with its own chains, with the topic and with the audit',
    )
    .option('--order <id>', 'only this order')
    .addHelpText(
      'after',
      `
It reads as role verify (VERIFY_DATABASE_URL) and changes nothing. What is placed while it runs is not compared; what is on
its way to the topic or to the audit is no difference. It holds about 100 bytes for each fact.

Exit codes: 0 all hold the same, 3 something differs (the first of it is named), 1 it could not be looked at.`,
    )
    .action((options: { order?: string }) =>
      runCommand(async (signal) => {
        const { verify } = await import('./verify.js');
        const began = performance.now();
        const progress = new Map<string, Progress>();
        const verified = await verify({
          config: config(),
          ...options,
          signal,
          onStep: (step, done, of) => {
            if (!progress.has(step)) {
              progress.forEach((earlier) => earlier.clear());
              progress.set(
                step,
                new Progress({ what: `verifying the ${step}`, unit: step === 'topic' ? 'messages' : 'facts' }),
              );
            }
            progress.get(step)!.at(done, of);
          },
        }).finally(() => progress.forEach((step) => step.clear()));
        const { facts, differences, waiting, auditAhead, auditThere } = verified;
        const [first] = differences;
        if (first) {
          process.stdout.write(`DIFFERENCE: ${sentenceOf(first)}\n`);
          for (const other of differences.slice(1, 20)) process.stdout.write(`  also: ${sentenceOf(other)}\n`);
          if (differences.length > 20) process.stdout.write(`  and ${count(differences.length - 20)} more\n`);
        } else {
          process.stdout.write(
            `${counted(facts, 'fact')}: the chains hold, and store, topic${auditThere ? ' and audit have' : ' have'} the same.\n`,
          );
        }
        if (waiting > 0) process.stdout.write(`${counted(waiting, 'fact')} not in the topic yet: in the outbox.\n`);
        if (auditAhead > 0) process.stdout.write(`${counted(auditAhead, 'fact')} not read by the audit yet.\n`);
        if (!auditThere) process.stdout.write('The audit was not compared: this database has none.\n');
        process.stdout.write(`${duration(performance.now() - began)}\n`);
        return first ? exitCodes.findings : exitCodes.done;
      }),
    );
}

function sentenceOf({ where, order, version, position, what }: Difference): string {
  const who = order === null ? '' : ` order ${order}${version === null ? '' : ` version ${version}`}`;
  const place = position === null ? '' : ` at position ${position}`;
  return `${where}:${who}${place}: ${what}`;
}
