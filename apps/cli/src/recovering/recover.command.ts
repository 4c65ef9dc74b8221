import type { Command } from 'commander';
import { formatInstant } from '@orderlog/instant';
import type { Config } from '../config.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { count, counted } from '../terminal/numbers.js';
import { Progress } from '../terminal/progress.js';
import { runCommand } from '../terminal/run-command.js';
import { positionsOf } from './positions-of.js';
import type { Recovered } from './recover.js';

interface Asked {
  dryRun?: boolean;
  withoutLost?: boolean;
}

export function recoverCommand(program: Command, config: () => Config): void {
  program
    .command('recover')
    .description('bring the facts that a store lacks since it was put back from a backup back from its topic')
    .option('--dry-run', 'only look, and say what would come back')
    .option('--without-lost', 'go on without facts that nobody has any more; what stood behind them moves up')
    .addHelpText(
      'after',
      `
A store that was restored is behind its own topic, and order-service takes no orders until it is not. This reads the topic,
compares it with the store, and puts each fact back that is missing: at its position, with its id, version, times and hash,
every chain checked. It looks before it writes: where the topic has a hole, a chain breaks, or orders were taken after the
restore, it changes nothing and says which fact it is and what can be done. It writes as role orders (ORDERS_DATABASE_URL, to
Postgres itself, not by a pooler), and nobody appends while it does. Stopped half-way it goes on when it is run again.

Beside the facts: what was refused (attempts), keys of customers who were forgotten after the backup (destroyed again), and
messages that no longer stand in order (an order's tail is sent again). What cannot come back: idempotency keys of commands,
and customers' keys that were made after the backup. docs/operations.md says what to do before and after.

Exit codes: 0 done, or there was nothing to do; 3 done, but something is lost or is not the store's; 1 it was refused or failed.`,
    )
    .action((asked: Asked) =>
      runCommand(async (signal) => {
        const { recover } = await import('./recover.js');
        const progress = new Map<string, Progress>();
        const recovered = await recover({
          ...{ config: config(), ...asked, signal },
          onStep: (step, unit, done, of) => {
            const what = `${step} ${unit}`;
            if (!progress.has(what)) {
              progress.forEach((earlier) => earlier.clear());
              progress.set(what, new Progress({ what: step, unit }));
            }
            progress.get(what)!.at(done, of);
          },
        }).finally(() => progress.forEach((step) => step.clear()));
        for (const line of reportOf(recovered, asked)) process.stdout.write(`${line}\n`);
        return isWhole(recovered) ? exitCodes.done : exitCodes.findings;
      }),
    );
}

const isWhole = ({ lost, foreign, keysLost }: Recovered): boolean =>
  lost.positions === 0 && foreign === 0 && keysLost.keys === 0;

/** What was done, a line each, and what a person has to know. */
export function reportOf(recovered: Recovered, { dryRun = false }: Asked): string[] {
  const { missing, lost, foreign, attempts, keysDestroyed, keysLost, sentAgain } = recovered;
  const would = (done: string, could: string) => (dryRun ? could : done);
  const lines: string[] = [];
  if (missing) {
    const { facts, orders, from, to } = missing;
    lines.push(
      `${counted(facts, 'fact')} of ${counted(orders, 'order')} ${would('came back', 'would come back')}: on the topic at ` +
        `positions ${count(from.position)} to ${count(to.position)}, recorded ${formatInstant(from.recordedAt)} to ` +
        `${formatInstant(to.recordedAt)}.`,
    );
  } else {
    lines.push('The store lacks no fact that its topic has: none came back.');
  }
  if (lost.positions > 0) {
    lines.push(
      `LOST: ${counted(lost.positions, 'fact')} that nobody has any more (${positionsOf(lost.gaps)}). What stood behind ` +
        `${would('moved up; it is sent again with the positions that it has now', 'would move up')}.`,
    );
  }
  if (attempts > 0) lines.push(`${counted(attempts, 'refused attempt')} ${would('came back', 'would come back')}.`);
  if (keysDestroyed > 0) {
    lines.push(
      `${counted(keysDestroyed, 'key')} of customers who were forgotten had come back with the backup, and ` +
        `${keysDestroyed === 1 ? 'was' : 'were'} destroyed again. See to the other copies of that backup.`,
    );
  }
  if (sentAgain > 0) {
    lines.push(
      `${counted(sentAgain, 'order')} ${sentAgain === 1 ? 'is' : 'are'} sent again, for the topics’ last copies were not in order.`,
    );
  }
  if (keysLost.keys > 0) {
    lines.push(
      `LOST: ${counted(keysLost.keys, 'key')} of customers, made after the backup. Who the customer is of ` +
        `${counted(keysLost.orders, 'order')} nobody can read, unless a backup of orders.customer_keys has them: bring its rows ` +
        'back before those customers order again.',
    );
  }
  if (foreign > 0) {
    lines.push(
      `${counted(foreign, 'fact')} on the topic ${foreign === 1 ? 'is' : 'are'} not the store’s. \`orderlog verify\` names them.`,
    );
  }
  if (missing && !dryRun) {
    lines.push(
      'Not back, for no topic has them: idempotency keys of commands since the backup (a retry of one is done again, as far as',
      'the rules of an order let it). Now: restart what ran through the restore; replay a projection that says it is incomplete',
      '(orderlog replay); and let `orderlog verify` look at all of it.',
    );
  }
  return lines;
}
