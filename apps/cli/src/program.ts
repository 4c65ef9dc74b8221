import { Command, CommanderError } from 'commander';
import { readConfig } from './config.js';
import { deadLettersCommand } from './dead-letters/dead-letters.command.js';
import { dossierCommand } from './dossier/dossier.command.js';
import { factsCommand } from './facts/facts.command.js';
import { forgetCommand } from './forgetting/forget.command.js';
import { importCommand } from './importing/import.command.js';
import { migrateCommand } from './migrating/migrate.command.js';
import { prepareCommand } from './preparing/prepare.command.js';
import { recoverCommand } from './recovering/recover.command.js';
import { replayCommand } from './replaying/replay.command.js';
import { republishCommand } from './republishing/republish.command.js';
import { schemasCommand } from './schemas/schemas.command.js';
import { exitCodes } from './terminal/exit-codes.js';
import { topicsCommand } from './topics/topics.command.js';
import { verifyCommand } from './verifying/verify.command.js';

/** All commands. What a command needs beyond its options it loads when it runs, so that `--help` is there at once. */
export function createProgram(env: NodeJS.ProcessEnv): Command {
  const config = () => readConfig(env);
  const program = new Command('orderlog')
    .description(
      'orderlog keeps what happened to an order, so you can ask. This is its tool for the people who run it.',
    )
    .showHelpAfterError('(--help says more)')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Addresses come from the environment, and are those of \`npm start\` where it does not say (POSTGRES_PORT, KAFKA_PORT,
REGISTRY_PORT, ORDERS_PORT, REVENUE_PORT, AUDIT_PORT move them as they move it):
  DATABASE_URL          Postgres, as the owner            ORDERS_DATABASE_URL   the same, as role orders
  KAFKA_BROKERS         Kafka                             SCHEMA_REGISTRY_URL   the schema registry
  TOPIC_PREFIX          before each topic and group       REVENUE_URL, AUDIT_URL the projections
  ORDERS_URL            order-service

Exit codes: 0 done, 1 failed, 2 the command line was not understood, 3 done but something needs a person,
130 stopped by Ctrl-C (in order; run it again to go on).`,
    )
    .exitOverride((error) => exit(error));
  prepareCommand(program, config);
  migrateCommand(program, config);
  topicsCommand(program, config);
  schemasCommand(program, config);
  factsCommand(program, config);
  importCommand(program, config);
  replayCommand(program, config);
  deadLettersCommand(program, config);
  verifyCommand(program, config);
  dossierCommand(program, config);
  forgetCommand(program, config);
  recoverCommand(program, config);
  republishCommand(program, config);
  for (const command of all(program)) command.exitOverride((error) => exit(error));
  return program;
}

const all = (command: Command): Command[] => command.commands.flatMap((child) => [child, ...all(child)]);

/** commander ends with 1 for what it does not understand; that is our code for a failure. */
function exit(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage);
}
