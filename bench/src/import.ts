/**
 * How long the retailer's year takes from the file to revenue: a platform of its own (the program of `npm start`), then
 * `orderlog import` until revenue has caught up, the same again (nothing new), and a replay of revenue from the earliest
 * message on. With the processor time and the memory of each part, because two cores are all that there are.
 *     npm run bench -- import [--json]
 * The file is looked for in ORDERLOG_SHARED_DATA, or in ../shared/data beside the repository.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, freePorts, repository, stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { readArguments, report, type Entry } from './measuring/report.js';

const { json } = readArguments({});
const folder = process.env.ORDERLOG_SHARED_DATA ?? join(repository, '../shared/data');
const year = join(folder, 'online-retail-2009-2010.csv.gz');
if (!existsSync(year)) {
  process.stderr.write(`The retailer's year is not at ${year}: set ORDERLOG_SHARED_DATA to its folder.\n`);
  process.exit(1);
}
const apps = ['order-service', 'outbox-relay', 'revenue-projection', 'audit-projection'] as const;
const ticksASecond = 100;

mkdirSync(join(repository, '.orderlog'), { recursive: true });
const home = mkdtempSync(join(repository, '.orderlog/bench-import-'));
const database = await createDatabase();
const role = (name: string) => database.as(name);
const ports = await freePorts(5);
const env: NodeJS.ProcessEnv = {
  ...process.env,
  ...stackAddresses(),
  DATABASE_URL: database.connectionString,
  ORDERS_DATABASE_URL: role('orders'),
  TOPIC_PREFIX: topicPrefix(),
  ORDERLOG_HOME: home,
  ...Object.fromEntries(
    ['CONSOLE_PORT', 'ORDERS_PORT', 'RELAY_PORT', 'REVENUE_PORT', 'AUDIT_PORT'].map((name, index) => [
      name,
      String(ports[index]),
    ]),
  ),
};
// The platform gives each of its parts its own address.
const { ORDERS_DATABASE_URL: _, ...ofPlatform } = env;
const platform = spawn(process.execPath, [join(repository, 'libs/local-stack/dist/start.js'), '--rate', '0'], {
  cwd: repository,
  env: ofPlatform,
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
try {
  const [message] = (await once(platform, 'message', { signal: AbortSignal.timeout(120_000) })) as [
    { ready: Record<string, string> },
  ];
  const urls = message.ready;
  const before = usage();
  const first = await orderlog<Summary>(['import', 'online-retail', year, '--json'], urls);
  const after = usage();
  const again = await orderlog<Summary>(['import', 'online-retail', year, '--json', '--no-wait'], urls);
  const replayed = await orderlog<null>(['replay', 'revenue-projection', '--to-earliest'], urls);
  report(
    [
      entry('file to revenue', 's', first.seconds, `${Math.round(first.read!.lines / first.seconds)} lines/s`),
      entry('  reading', 's', first.read!.seconds.reading),
      entry(
        '  storing',
        's',
        first.read!.seconds.storing,
        `${Math.round(first.read!.facts / first.read!.seconds.storing)} facts/s`,
      ),
      entry('  revenue catches up', 's', first.read!.seconds.revenue ?? NaN, 'after the last fact was stored'),
      {
        ...entry('again, nothing new', 's', again.seconds),
        baseline: 'file to revenue',
        ratio: again.seconds / first.seconds,
      },
      entry('replay revenue to earliest', 's', replayed.seconds),
      ...apps.map((app) =>
        entry(
          `processor: ${app}`,
          's',
          after[app].cpuSeconds - before[app].cpuSeconds,
          `${after[app].residentMb} MB resident`,
        ),
      ),
    ],
    json,
  );
} finally {
  const ended = once(platform, 'exit', { signal: AbortSignal.timeout(60_000) });
  platform.kill('SIGTERM');
  await ended.catch(() => platform.kill('SIGKILL'));
  await database.drop();
  rmSync(home, { recursive: true, force: true });
}

interface Summary {
  lines: number;
  facts: number;
  seconds: { reading: number; storing: number; revenue?: number };
}

/** Runs a command of the cli to its end. @throws where it does not end well */
async function orderlog<Read>(
  args: string[],
  urls: Record<string, string>,
): Promise<{ seconds: number; read: Read | undefined }> {
  const began = performance.now();
  const command = spawn(process.execPath, [join(repository, 'apps/cli/dist/main.js'), ...args], {
    cwd: home,
    env: { ...env, ...urls, DATABASE_URL: database.connectionString },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  command.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  const [code] = (await once(command, 'close')) as [number | null];
  if (code !== 0) throw new Error(`orderlog ${args.join(' ')} ended with ${code}: ${text}`);
  const read = text.startsWith('{') ? (JSON.parse(text) as Read) : undefined;
  return { seconds: (performance.now() - began) / 1000, read };
}

/** Processor time and memory of each app so far, as the kernel counts them. */
function usage(): Record<(typeof apps)[number], { cpuSeconds: number; residentMb: number }> {
  const of = (app: string) => {
    const pid = Number.parseInt(readFileSync(join(home, 'run', `${app}.pid`), 'utf8'), 10);
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksASecond,
      residentMb: Math.round(Number(resident) / 1024),
    };
  };
  return Object.fromEntries(apps.map((app) => [app, of(app)])) as ReturnType<typeof usage>;
}

function entry(what: string, unit: string, value: number, note?: string): Entry {
  return { bench: 'import', case: what, unit, value, ...(note && { note }) };
}
