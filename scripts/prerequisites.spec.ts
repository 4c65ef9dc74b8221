import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { missingPrerequisites } from './prerequisites.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scripts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the prerequisites', () => {
  const answers: Record<string, string> = {
    node: 'v20.11.1\n',
    npm: '10.2.4\n',
    java: 'openjdk version "17.0.15" 2025-04-15\n',
    mvn: 'Apache Maven 3.8.7\n',
  };
  const machine = (changes: Record<string, string | undefined>) => (command: string[]) =>
    ({ ...answers, ...changes })[command[0] as string];

  it('are enough in the oldest versions that we name', () => {
    expect(missingPrerequisites(machine({}))).toEqual([]);
  });

  it('say which program is missing and how to get it', () => {
    expect(missingPrerequisites(machine({ mvn: undefined, java: undefined }))).toEqual([
      expect.stringMatching(/^Java 17 or later is missing \(java\)\. .*apt-get install openjdk/),
      expect.stringMatching(/^Maven 3 or later is missing \(mvn\)\. .*apt-get install maven/),
    ]);
  });

  it('say which version was found where it is too old', () => {
    expect(missingPrerequisites(machine({ java: 'openjdk version "11.0.2" 2019-01-15' }))).toEqual([
      expect.stringMatching(/^Java 17 or later is needed; java -version says 11\./),
    ]);
  });

  it('stop npm start with these sentences', () => {
    symlinkSync(process.execPath, join(folder, 'node'));
    const start = spawnSync(process.execPath, [join(import.meta.dirname, 'start.mjs')], {
      env: { PATH: folder, ORDERLOG_HOME: folder },
      encoding: 'utf8',
    });
    expect(start.stderr).toMatch(/This is missing:\n {2}- Java 17 or later is missing/);
    expect(start.status).toBe(1);
  });
});
