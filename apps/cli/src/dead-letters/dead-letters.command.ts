import type { Command } from 'commander';
import type { Config } from '../config.js';
import { ask, type Projection, projectionNames, projectionOf } from '../projections.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { type ExitCode, exitCodes } from '../terminal/exit-codes.js';
import { counted } from '../terminal/numbers.js';
import { runCommand } from '../terminal/run-command.js';

/** An order that a projection could not go on with; it and its later messages wait in the projection's database. */
interface Parked {
  orderId: string;
  topic: string;
  partition: number;
  firstOffset: number;
  error: string;
  parkedAt: string;
  messages: number;
}

export function deadLettersCommand(program: Command, config: () => Config): void {
  const dlq = program
    .command('dlq')
    .description('orders that a projection has parked, because a message of theirs could not be read');
  dlq
    .command('list')
    .description('which orders wait, since when, and why')
    .argument('<projection>', projectionNames.join(' or '))
    .addHelpText('after', '\nExit codes: 0 none is parked, 3 some are.')
    .action((name: string) =>
      runCommand(async () => {
        const projection = projectionOf(name, config());
        const parked = await parkedOf(projection);
        for (const { orderId, topic, partition, firstOffset, error, parkedAt, messages } of parked) {
          process.stdout.write(
            `${orderId}: ${counted(messages, 'message')} since ${parkedAt}, first ${topic} ${partition} at ${firstOffset}: ${error}\n`,
          );
        }
        if (parked.length === 0) process.stdout.write(`${projection.name} has parked no order.\n`);
        return parked.length === 0 ? exitCodes.done : exitCodes.findings;
      }),
    );
  dlq
    .command('retry')
    .description('let a parked order through, or all of them, in order, once the cause is mended')
    .argument('<projection>', projectionNames.join(' or '))
    .argument('[order]', 'the order; all that are parked where it is not said')
    .addHelpText('after', '\nExit codes: 0 all were let through, 3 some are still poison.')
    .action((name: string, order?: string) =>
      runCommand((signal) => retry(projectionOf(name, config()), order, signal)),
    );
}

async function parkedOf(projection: Projection): Promise<Parked[]> {
  const { orders } = (await ask(projection, 'GET', '/projection/parked')) as { orders: Parked[] };
  return orders;
}

async function retry(projection: Projection, order: string | undefined, signal: AbortSignal): Promise<ExitCode> {
  const orders =
    order === undefined ? [...new Set((await parkedOf(projection)).map(({ orderId }) => orderId))] : [order];
  if (orders.length === 0) process.stdout.write(`${projection.name} has parked no order.\n`);
  let poison = 0;
  for (const orderId of orders) {
    signal.throwIfAborted();
    try {
      const path = `/projection/parked/${encodeURIComponent(orderId)}/retry`;
      const { released } = (await ask(projection, 'POST', path)) as { released: number };
      process.stdout.write(`${orderId}: let through, ${counted(released, 'message')}\n`);
    } catch (error) {
      // One order that is still poison does not keep the others.
      if (!(error instanceof CommandFailed) || order !== undefined) throw error;
      poison++;
      process.stdout.write(`${orderId}: ${error.message}\n`);
    }
  }
  return poison === 0 ? exitCodes.done : exitCodes.findings;
}
