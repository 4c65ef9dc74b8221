import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { homeAt, type Home } from './home.js';
import { type Part, WaitsForPerson } from './part.js';
import { freePorts } from './ports.js';
import { bornAt, recall, remember } from './processes.js';
import { Supervisor } from './supervisor.js';
import { eventually } from './test-kit/eventually.js';

let directory: string;
let home: Home;
let supervisor: Supervisor;
let said: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'super visor-'));
  home = homeAt(directory);
  said = [];
  supervisor = new Supervisor(home, (name, sentence) => said.push(`${name}: ${sentence}`));
});
afterEach(async () => {
  await supervisor.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A part that runs a few lines of JavaScript. It is ready once it has written a file called `<name>.up`. */
function part(name: string, script: string, more: Partial<Part> = {}): Part {
  const up = join(directory, `${name}.up`);
  return {
    name,
    stage: 'app',
    ports: [],
    prepare: async () => rmSync(up, { force: true }),
    launch: () => ({
      command: process.execPath,
      args: ['-e', `const up = () => require('fs').writeFileSync(${JSON.stringify(up)}, ''); ${script}`],
      env: { NODE_OPTIONS: '' },
    }),
    ready: async () => {
      if (!existsSync(up)) throw new Error('it has not said that it is up');
    },
    readyWithinMs: 20_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 5_000,
    ...more,
  };
}

const staysUp = 'up(); setInterval(() => 0, 1000);';
const logOf = (name: string) => readFileSync(join(home.logs, `${name}.log`), 'utf8');
const pidOf = (name: string) => Number(readFileSync(join(home.run, `${name}.pid`), 'utf8'));

describe('a start', () => {
  it('leaves a pid and a log file by the name of the part', async () => {
    await supervisor.start(part('talker', `console.log('hello'); ${staysUp}`));
    expect(bornAt(pidOf('talker'))).toBeDefined();
    expect(logOf('talker')).toContain('hello');
    expect(said.join()).toMatch(/talker: ready in \d/);
  });

  it('names the port that someone else has, the part that needs it, and the variable that moves it', async () => {
    const [port] = (await freePorts(1)) as [number];
    const stranger = createServer().listen(port, '127.0.0.1');
    await once(stranger, 'listening');
    const start = supervisor.start(part('broker', staysUp, { ports: [{ port, variable: 'BROKER_PORT' }] }));
    await expect(start).rejects.toThrow(
      new RegExp(`broker needs port ${port}, which another program has.*BROKER_PORT=`),
    );
    expect(existsSync(join(home.run, 'broker.pid'))).toBe(false);
    stranger.close();
  });

  it('gives up on a part that is not ready in time, names its log file, and leaves nothing of it running', async () => {
    const start = supervisor.start(
      part('sleeper', `console.log('I am asleep'); setInterval(() => 0, 1000);`, {
        readyWithinMs: 1_000,
        ready: async () => {
          await eventually({ withinMs: 30_000 }, () => expect(logOf('sleeper')).toContain('I am asleep'));
          throw new Error('it is not up');
        },
      }),
    );
    await eventually({ withinMs: 30_000 }, () => expect(existsSync(join(home.run, 'sleeper.pid'))).toBe(true));
    const pid = pidOf('sleeper');
    await expect(start).rejects.toThrow(/sleeper was not ready within 1 s .*I am asleep.*logs\/sleeper\.log/s);
    expect(bornAt(pid)).toBeUndefined();
  });

  it('goes on past the limit with a part that waits for a person, and says once for what', async () => {
    const done = join(directory, 'done');
    const start = supervisor.start(
      part('patient', 'setInterval(() => 0, 1000);', {
        readyWithinMs: 1_000,
        ready: async () => {
          if (!existsSync(done)) throw new WaitsForPerson('do something');
        },
      }),
    );
    await eventually({ withinMs: 30_000 }, () => expect(said).toEqual(['patient: waits for you: do something']));
    const past = Date.now() + 1_500;
    await eventually({ withinMs: 30_000 }, () => expect(Date.now()).toBeGreaterThan(past));
    expect(said).toHaveLength(1);
    writeFileSync(done, '');
    await start;
    expect(said.at(-1)).toMatch(/^patient: ready in/);
  });

  it('tries a part that dies at once a few times, and shows its last words', async () => {
    const start = supervisor.start(part('mayfly', `console.error('no bread'); process.exit(3);`));
    await expect(start).rejects.toThrow(
      /mayfly ended before it was ready \(with exit code 3\).*no bread.*mayfly\.log/s,
    );
    expect(said.filter((line) => line.includes('Trying again'))).toHaveLength(2);
  });

  it('says so where the program is missing', async () => {
    const start = supervisor.start(
      part('ghost', '', { launch: () => ({ command: join(directory, 'no-such-program'), args: [] }) }),
    );
    await expect(start).rejects.toThrow('ENOENT');
  });
});

describe('a part that dies', () => {
  it('is started again after a pause that grows, and it is said', async () => {
    await supervisor.start(part('cat', staysUp));
    for (const pause of ['0.5 s', '1 s']) {
      const before = pidOf('cat');
      process.kill(before, 'SIGKILL');
      await eventually({ withinMs: 30_000 }, () => {
        expect(said.join()).toContain(`cat: died (by SIGKILL), starts again in ${pause}`);
        expect(recall(home.run, 'cat')?.pid).not.toBe(before);
        expect(recall(home.run, 'cat')).toBeDefined();
      });
      await eventually({ withinMs: 30_000 }, () => expect(said.at(-1)).toContain('cat: ready in'));
    }
  });

  it('is not started again once everything is told to stop', async () => {
    await supervisor.start(part('cat', staysUp));
    process.kill(pidOf('cat'), 'SIGKILL');
    await supervisor.stop();
    expect(recall(home.run, 'cat')).toBeUndefined();
  });
});

describe('a stop', () => {
  it('goes stage by stage, from who sends to what keeps the facts', async () => {
    const order = ['workload', 'app', 'relay', 'registry', 'kafka', 'postgres'] as const;
    await Promise.all([...order].reverse().map((stage) => supervisor.start(part(stage, staysUp, { stage }))));
    said.length = 0;
    await supervisor.stop();
    expect(said).toEqual(order.map((name) => `${name}: stopped`));
  });

  it('forces a part that does not listen, and says so', async () => {
    await supervisor.start(part('deaf', `process.on('SIGTERM', () => 0); ${staysUp}`, { stopWithinMs: 300 }));
    const pid = pidOf('deaf');
    await supervisor.stop();
    expect(said.at(-1)).toBe('deaf: did not stop within 0.3 s and was killed');
    expect(bornAt(pid)).toBeUndefined();
  });
});

describe('what a killed run has left', () => {
  it('is ended before anything is started', async () => {
    await supervisor.start(part('orphan', staysUp));
    const next = new Supervisor(home, (name, sentence) => said.push(`${name}: ${sentence}`));
    const pid = pidOf('orphan');
    void supervisor.stop(); // so that this one does not start it again
    await next.endLeftovers();
    expect(bornAt(pid)).toBeUndefined();
    expect(existsSync(join(home.run, 'orphan.pid'))).toBe(false);
  });

  it('never means a stranger who was given the same pid', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
    await once(stranger, 'spawn');
    remember(home.run, 'postgres', stranger.pid as number);
    rmSync(join(home.run, 'postgres.born'));
    symlinkSync(`${stranger.pid}-long-before`, join(home.run, 'postgres.born'));
    await supervisor.endLeftovers();
    expect(bornAt(stranger.pid as number)).toBeDefined();
    expect(said).toEqual([]);
    expect(existsSync(join(home.run, 'postgres.pid'))).toBe(false);
    stranger.kill();
  });
});

describe('a program that runs once', () => {
  const launch = (script: string) => ({ command: process.execPath, args: ['-e', script], env: { NODE_OPTIONS: '' } });

  it('is waited for', async () => {
    await supervisor.runOnce('deploy', { launch: launch(`console.log('done')`), withinMs: 20_000 });
    expect(logOf('deploy')).toBe('done\n');
  });

  it('fails with its last words', async () => {
    const run = supervisor.runOnce('deploy', {
      launch: launch(`console.log('no'); process.exit(1)`),
      withinMs: 20_000,
    });
    await expect(run).rejects.toThrow(/deploy failed \(with exit code 1\).*no.*deploy\.log/s);
  });

  it('has a time limit', async () => {
    const run = supervisor.runOnce('deploy', { launch: launch('setInterval(() => 0, 1000)'), withinMs: 300 });
    await expect(run).rejects.toThrow('deploy failed (by SIGKILL)');
  });

  it('does not outlive a stop', async () => {
    const run = supervisor.runOnce('deploy', { launch: launch('setInterval(() => 0, 1000)'), withinMs: 20_000 });
    const failed = expect(run).rejects.toThrow('deploy failed (by SIGTERM)');
    const pid = pidOf('deploy');
    await supervisor.stop();
    await failed;
    expect(bornAt(pid)).toBeUndefined();
  });
});
