import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { homeAt } from '../home.js';
import { bornAt, identityOf, remember } from '../processes.js';
import { clearAbandoned, ownDirectory } from './own-directory.js';

let ofAllTests: string;
let said: string[];
const started: ChildProcess[] = [];
beforeEach(() => {
  ofAllTests = mkdtempSync(join(tmpdir(), 'own directories-'));
  said = [];
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(ofAllTests, { recursive: true, force: true });
});

const clear = () => clearAbandoned((name, sentence) => said.push(`${name}: ${sentence}`), ofAllTests);

async function process(): Promise<ChildProcess> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  started.push(child);
  await once(child, 'spawn');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** As `ownDirectory` of that process makes it. */
function directoryOf(owner: ChildProcess): string {
  const directory = join(ofAllTests, `platform.${identityOf(owner.pid!)}.a1b2c3`);
  mkdirSync(directory);
  return directory;
}

describe('clearing away what tests have left', () => {
  it('leaves alone what was made this very moment, with nothing in it', async () => {
    const mine = ownDirectory('with a space', ofAllTests);
    const others = directoryOf(await process());
    await clear();
    expect(readdirSync(mine)).toEqual([]);
    expect(readdirSync(others)).toEqual([]);
    expect(readdirSync(ofAllTests)).toHaveLength(2);
  });

  it('takes what belongs to a killed process, and ends what still runs in there', async () => {
    const [owner, part] = [await process(), await process()];
    const directory = directoryOf(owner);
    remember(homeAt(directory).run, 'kafka', part.pid!);
    await kill(owner);
    await clear();
    expect(said).toEqual([`kafka: ended pid ${part.pid}, left over from a run that was killed`]);
    expect(bornAt(part.pid!)).toBeUndefined();
    expect(readdirSync(ofAllTests)).toEqual([]);
  });

  it('waits with it until a supervisor in there has stopped', async () => {
    const [owner, supervisor] = [await process(), await process()];
    const directory = directoryOf(owner);
    remember(homeAt(directory).run, 'supervisor', supervisor.pid!);
    await kill(owner);
    await clear();
    expect(existsSync(directory)).toBe(true);
    expect(bornAt(supervisor.pid!)).toBeDefined();
    await kill(supervisor);
    await clear();
    expect(readdirSync(ofAllTests)).toEqual([]);
  });

  it('is done by one of two that begin in the same moment', async () => {
    for (const name of ['4711', 'postgres-a1b2c3', 'browser.4711-0123456789ab.a1b2c3']) {
      mkdirSync(join(ofAllTests, name, 'data'), { recursive: true });
      writeFileSync(join(ofAllTests, name, 'data/file'), '');
    }
    await Promise.all([clear(), clear()]);
    expect(readdirSync(ofAllTests)).toEqual([]);
  });
});
