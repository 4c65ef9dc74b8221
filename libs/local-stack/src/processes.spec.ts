import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claim, forget, identityOf, recall, remember, runningAs } from './processes.js';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'claims-'));
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

const dead = '999999-longago';
/** What somebody who was killed may have left of a claim. */
const left: Record<string, (born: string) => void> = {
  nothing: () => undefined,
  'its claim': (born) => symlinkSync(dead, born),
  'its claim, and the removal of another’s': (born) => {
    symlinkSync(dead, born);
    symlinkSync(dead, `${born}.burial`);
  },
  'the removal of a removal': (born) => {
    symlinkSync(dead, born);
    symlinkSync(dead, `${born}.burial`);
    symlinkSync(dead, `${born}.burial.burial`);
  },
  'a claim that is no link': (born) => writeFileSync(born, 'of another form'),
};

describe('a claim', () => {
  it.each(Object.entries(left))('is had where a killed process has left %s', (_, leave) => {
    leave(join(run, 'name.born'));
    expect(claim(run, 'name')).toBeUndefined();
    expect(recall(run, 'name')).toEqual({ name: 'name', pid: process.pid });
    expect(readdirSync(run).sort()).toEqual(['name.born', 'name.pid']);
  });

  it('stays with who has it, this process too', () => {
    expect(claim(run, 'mine')).toBeUndefined();
    expect(claim(run, 'mine')).toEqual({ name: 'mine', pid: process.pid });
    remember(run, 'others', process.ppid);
    expect(claim(run, 'others')).toEqual({ name: 'others', pid: process.ppid });
  });

  it('is left alone while somebody who runs removes a dead one’s', () => {
    symlinkSync(dead, join(run, 'name.born'));
    symlinkSync(identityOf(process.ppid), join(run, 'name.born.burial'));
    expect(claim(run, 'name')).toEqual({ name: 'name', pid: process.ppid });
    expect(readdirSync(run).sort()).toEqual(['name.born', 'name.born.burial']);
  });

  it('is free again once it was given back', () => {
    expect(claim(run, 'name')).toBeUndefined();
    forget(run, 'name');
    expect(readdirSync(run)).toEqual([]);
    expect(claim(run, 'name')).toBeUndefined();
  });

  it('is one’s alone of those that make it in the same moment, whatever a killed one has left', async () => {
    const leftovers = Object.values(left);
    const names = Array.from({ length: 300 }, (_, round) => `name-${round}`);
    for (const [round, name] of names.entries()) leftovers[round % leftovers.length]!(join(run, `${name}.born`));
    const program = `
      const { claim } = await import(${JSON.stringify(join(import.meta.dirname, 'processes.ts'))});
      process.stdin.once('data', () => {
        const names = ${JSON.stringify(names)};
        console.log(JSON.stringify(names.filter((name) => claim(${JSON.stringify(run)}, name) === undefined)));
      });
      console.log('ready');`;
    const claimers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], {
        env: { ...process.env, NODE_OPTIONS: '' },
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    await Promise.all(claimers.map(({ stdout }) => once(stdout, 'data')));
    const answers = claimers.map(({ stdout }) => once(stdout, 'data'));
    for (const { stdin } of claimers) stdin.write('go\n');
    // Each lives until all have answered: its standard input is open.
    const got = (await Promise.all(answers)).map(([line]) => JSON.parse(String(line)) as string[]);
    expect(got.flat().sort()).toEqual([...names].sort());
    for (const [index, won] of got.entries()) {
      expect(won.map((name) => recall(run, name)?.pid)).toEqual(won.map(() => claimers[index]!.pid));
    }
    expect(readdirSync(run)).toHaveLength(2 * names.length);
    await Promise.all(claimers.map(({ stdin, stdout }) => (stdin.end(), text(stdout))));
  });
});

describe('the word for a process', () => {
  it('means it as long as it runs, and nobody who gets its pid afterwards', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const identity = identityOf(child.pid!);
    expect(runningAs(identity)).toBe(child.pid);
    expect(runningAs(`${process.pid}-${identity.split('-')[1]}`)).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(runningAs(identity)).toBeUndefined();
    expect(runningAs(identityOf(child.pid!))).toBeUndefined();
  });
});
