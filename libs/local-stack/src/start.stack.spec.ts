/** The real supervisor with the real parts, on ports and data of its own; the apps have tests of their own. */
import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { repository } from './home.js';
import { freePorts } from './ports.js';
import { bornAt } from './processes.js';
import { eventually } from './test-kit/eventually.js';
import { ownDirectory } from './test-kit/own-directory.js';

const home = ownDirectory('with spaces and ümläuts and 😀'); // 0700, as /root is: Postgres, which is not root, must pass all the same
const parts = ['postgres', 'kafka', 'registry'];
const dist = join(repository, 'libs/local-stack/dist');
const started: ChildProcess[] = [];
let env: NodeJS.ProcessEnv;
let shown = '';

beforeAll(async () => {
  const [postgres, kafka, controller, registry] = await freePorts(4);
  env = {
    ...process.env,
    NODE_OPTIONS: '',
    DATABASE_URL: '',
    KAFKA_BROKERS: '',
    SCHEMA_REGISTRY_URL: '',
    ORDERLOG_HOME: home,
    ORDERLOG_WITHOUT: 'order-service,outbox-relay,revenue-projection,audit-projection,console,order-workload',
    POSTGRES_PORT: String(postgres),
    KAFKA_PORT: String(kafka),
    KAFKA_CONTROLLER_PORT: String(controller),
    REGISTRY_PORT: String(registry),
  };
});
afterAll(async () => {
  for (const supervisor of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    const ended = once(supervisor, 'exit');
    supervisor.kill('SIGTERM');
    await ended;
  }
  spawnSync(process.execPath, [join(dist, 'reset.js')], { env });
  rmSync(home, { recursive: true, force: true });
});

function start(): ChildProcess {
  const supervisor = fork(join(dist, 'start.js'), { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
  for (const output of [supervisor.stdout, supervisor.stderr]) output?.on('data', (data) => (shown += String(data)));
  started.push(supervisor);
  return supervisor;
}

async function ready(supervisor: ChildProcess): Promise<{ DATABASE_URL: string }> {
  const [message] = (await Promise.race([
    once(supervisor, 'message'),
    once(supervisor, 'exit').then(() => Promise.reject(new Error(shown))),
  ])) as [{ ready: { DATABASE_URL: string } }];
  return message.ready;
}

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Also all that it has said is heard by then, which is not so at its exit. */
const ended = (supervisor: ChildProcess) => once(supervisor, 'close');
const pids = () => parts.map((name) => Number(readFileSync(join(home, 'run', `${name}.pid`), 'utf8')));
const reset = () => spawnSync(process.execPath, [join(dist, 'reset.js')], { env, encoding: 'utf8' });

it('runs once at a time, cleans up after a run that was killed, stops in order, keeps data, and forgets it when told to', async () => {
  const first = start();
  const { DATABASE_URL } = await ready(first);
  expect(new URL(DATABASE_URL).pathname).toBe('/orderlog');
  await query(DATABASE_URL, 'create table kept as select 8471 as order_id');
  for (const name of parts) expect(existsSync(join(home, 'logs', `${name}.log`))).toBe(true);

  // A second one is refused, and so is a reset, as long as the first one runs.
  const second = start();
  expect(await ended(second)).toEqual([1, null]);
  expect(shown).toContain(`orderlog already runs here (pid ${first.pid})`);
  expect(reset()).toMatchObject({ status: 1, stderr: expect.stringContaining('Nothing was forgotten') });

  // Killed, it can stop nothing: its parts run on, until the next start ends them.
  const orphans = pids();
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(orphans.map((pid) => bornAt(pid) !== undefined)).toEqual([true, true, true]);
  // Of two at the same moment one does so, and the other is refused.
  const both = [start(), start()];
  const endings = both.map(ended);
  const next = await Promise.any(both.map(async (each) => (await ready(each), each)));
  expect(await endings[both.findIndex((each) => each !== next)]).toEqual([1, null]);
  expect(shown).toContain(`orderlog already runs here (pid ${next.pid})`);
  await eventually({ withinMs: 30_000 }, () => {
    for (const pid of orphans) expect(shown).toContain(`ended pid ${pid}, left over from a run that was killed`);
  });
  expect(orphans.map(bornAt)).toEqual([undefined, undefined, undefined]);
  expect(await query(DATABASE_URL, 'select order_id from kept')).toEqual([{ order_id: 8471 }]);

  // A part that is killed is started again, on the same data.
  const [postgres] = pids() as [number, number, number];
  process.kill(postgres, 'SIGKILL');
  await eventually({ withinMs: 30_000 }, () =>
    expect(shown).toMatch(/postgres +died \(by SIGKILL\).*postgres +ready/s),
  );
  expect(await query(DATABASE_URL, 'select order_id from kept')).toEqual([{ order_id: 8471 }]);

  // Told to stop, it stops in order and leaves nothing.
  const running = pids();
  shown = '';
  next.kill('SIGTERM');
  expect(await ended(next)).toEqual([0, null]);
  expect(shown).toMatch(/registry +stopped\n.*kafka +stopped\n.*postgres +stopped\n$/);
  expect(running.map(bornAt)).toEqual([undefined, undefined, undefined]);
  expect(readdirSync(join(home, 'run'))).toEqual([]);

  expect(reset()).toMatchObject({ status: 0, stdout: expect.stringContaining('Everything is forgotten') });
  expect(readdirSync(join(home, 'data'))).toEqual([]);
}, 180_000);
