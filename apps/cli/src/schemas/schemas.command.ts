import type { Command } from 'commander';
import type { Config } from '../config.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { runCommand } from '../terminal/run-command.js';
import { seconds } from '../terminal/whole-number.js';

export function schemasCommand(program: Command, config: () => Config): void {
  const schemas = program.command('schemas').description('the Avro schemas of what leaves us (schemas/*.avsc)');
  schemas
    .command('register')
    .description('register them under their topics, FULL_TRANSITIVE; again: nothing new')
    .option('--wait <seconds>', 'how long to wait for the registry (60)', seconds, 60_000)
    .action((options: { wait: number }) =>
      runCommand(async (signal) => {
        await runRegister(config(), signal, options.wait);
        return exitCodes.done;
      }),
    );
  schemas
    .command('check')
    .description('may they be released? against the registry, and against every released version (schemas/released)')
    .option('--offline', 'against the released versions only', false)
    .addHelpText('after', '\nExit codes: 0 all is compatible, 3 something is not, 1 the registry could not be asked.')
    .action((options: { offline: boolean }) =>
      runCommand(async () => {
        const { checkAgainstRegistry, checkAgainstReleased } = await import('./check-schemas.js');
        const { SCHEMA_REGISTRY_URL, TOPIC_PREFIX } = config();
        const checks = checkAgainstReleased();
        if (!options.offline) checks.push(...(await checkAgainstRegistry(SCHEMA_REGISTRY_URL, TOPIC_PREFIX)));
        for (const { what, says, wrong } of checks) {
          process.stdout.write(`${wrong.length === 0 ? 'ok ' : 'NO '} ${what}: ${says}\n`);
          for (const text of wrong) process.stdout.write(`      ${text}\n`);
        }
        return checks.some(({ wrong }) => wrong.length > 0) ? exitCodes.findings : exitCodes.done;
      }),
    );
}

export async function runRegister(config: Config, signal: AbortSignal, waitMs: number): Promise<void> {
  const { registerSchemas } = await import('./register-schemas.js');
  const { SCHEMA_REGISTRY_URL: url, TOPIC_PREFIX: prefix } = config;
  for (const { subject, id, isNew } of await registerSchemas({ url, prefix, waitMs, signal })) {
    process.stdout.write(`${subject}: ${isNew ? 'registered' : 'was there'}, id ${id}\n`);
  }
}
