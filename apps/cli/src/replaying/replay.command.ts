import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseInstant } from '@orderlog/instant';
import type { Config } from '../config.js';
import { projectionNames, projectionOf } from '../projections.js';
import { CommandFailed } from '../terminal/command-failed.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { counted, duration } from '../terminal/numbers.js';
import { Progress } from '../terminal/progress.js';
import { runCommand } from '../terminal/run-command.js';

interface Options {
  toEarliest?: boolean;
  toDatetime?: number;
  shiftBy?: number;
  partition?: number[];
}

const whole = (text: string): number => {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be a whole number.');
  return Number(text);
};
const instant = (text: string): number => {
  const read = parseInstant(text);
  if (read === undefined) throw new InvalidArgumentError('must be a time with a zone, like 2026-11-24T14:00:00Z.');
  return read;
};

export function replayCommand(program: Command, config: () => Config): void {
  program
    .command('replay')
    .description('make a projection read its topic again, and follow it until it is done')
    .argument('<projection>', projectionNames.join(' or '))
    .addOption(new Option('--to-earliest', 'everything').conflicts(['toDatetime', 'shiftBy']))
    .addOption(
      new Option('--to-datetime <time>', 'from what the store learned at this time on (RFC 3339, with a zone)')
        .argParser(instant)
        .conflicts(['toEarliest', 'shiftBy']),
    )
    .addOption(
      new Option('--shift-by <messages>', 'so many messages on, or back where negative, in each partition')
        .argParser(whole)
        .conflicts(['toEarliest', 'toDatetime']),
    )
    .option('--partition <number>', 'only this one (may stand several times)', (text, before: number[] = []) => [
      ...before,
      whole(text),
    ])
    .addHelpText(
      'after',
      `
The service stays up and answers all the while: it leaves its consumer group, the group's offsets are moved (Kafka's own
kafka-consumer-groups would do), and it joins again. What it reads again replaces what it had counted; nothing counts twice.
After Ctrl-C it is started again, and goes on by itself.

Exit codes: 0 done, 3 done but the reset skipped messages that had not been read (the projection is incomplete), 1 failed.

  orderlog replay revenue-projection --to-earliest
  orderlog replay audit-projection --shift-by -100 --partition 3`,
    )
    .action((name: string, options: Options) =>
      runCommand(async (signal) => {
        const { toEarliest, toDatetime, shiftBy, partition } = options;
        const to = toEarliest
          ? ('earliest' as const)
          : toDatetime !== undefined
            ? { instant: toDatetime }
            : shiftBy !== undefined
              ? { shift: shiftBy }
              : undefined;
        if (!to) throw new CommandFailed('from where?', 'Say --to-earliest, --to-datetime or --shift-by.');
        const projection = projectionOf(name, config());
        const { replay } = await import('./replay.js');
        const { connectionOf } = await import('../topics/create-topics.js');
        let progress: Progress | undefined;
        const began = performance.now();
        const { messages, state, incomplete } = await replay({
          projection,
          to,
          ...(partition && { partitions: partition }),
          connection: connectionOf(config()),
          signal,
          say: (text) => process.stderr.write(`${text}\n`),
          onReplaying: (done, total) =>
            (progress ??= new Progress({ what: 'replaying', unit: 'messages' })).at(done, total),
        }).finally(() => progress?.clear());
        const tookMs = performance.now() - began;
        const rate = counted(Math.round(messages / (tookMs / 1000)), 'message');
        process.stdout.write(
          `${projection.name}: ${counted(messages, 'message')} read again in ${duration(tookMs)} (${rate} a second); it is ${state}.\n`,
        );
        for (const { topic, partition, from, to: end } of incomplete) {
          process.stdout.write(`  never read: ${topic} ${partition}, offsets ${from} to ${end - 1}\n`);
        }
        return state === 'running' ? exitCodes.done : exitCodes.findings;
      }),
    );
}
