/**
 * The stack that tests run on: a process of its own, so that it outlives a Jest that is killed for just as long as it
 * takes to stop in order. It prints the addresses as one line of JSON, and stops when its standard input ends, which
 * the system does for it whatever becomes of the parent.
 */
import { rmSync } from 'node:fs';
import { homeAt } from './home.js';
import { startInfrastructure } from './infrastructure.js';
import { freePorts } from './ports.js';
import { Supervisor } from './supervisor.js';
import { clearAbandoned, ownDirectory } from './test-kit/own-directory.js';

const say = (name: string, sentence: string) => process.stderr.write(`[test ${name}] ${sentence}\n`);

const directory = ownDirectory('stack');
const home = homeAt(directory);
const supervisor = new Supervisor(home, say);

let stopped: Promise<void> | undefined;
const stop = (exitCode: number) => {
  stopped ??= supervisor.stop().then(() => {
    rmSync(directory, { recursive: true, force: true });
    process.exit(exitCode);
  });
};
process.stdin.on('end', () => stop(0)).resume();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop(0));

try {
  await clearAbandoned(say);
  const [postgres, kafka, kafkaController, registry] = (await freePorts(4)) as [number, number, number, number];
  const addresses = await startInfrastructure(supervisor, {
    home,
    database: 'postgres',
    ports: { postgres, kafka, kafkaController, registry },
  });
  process.stdout.write(`${JSON.stringify(addresses)}\n`);
} catch (error) {
  say('stack', (error as Error).message);
  stop(1);
}
