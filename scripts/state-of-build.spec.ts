import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stateOfBuild } from './state-of-build.mjs';

let root: string;
const write = (file: string, content: string) => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'state-'));
  write('package.json', JSON.stringify({ workspaces: ['libs/*', 'bench'] }));
  for (const project of ['libs/first', 'libs/second', 'bench']) {
    write(`${project}/package.json`, '{}');
    write(`${project}/src/inner/a.ts`, 'one');
    write(`${project}/dist/inner/a.js`, 'one');
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the state of the build', () => {
  it('stays the same while nothing is written but tests, and what else lies there', () => {
    const before = stateOfBuild(root);
    expect(stateOfBuild(root)).toEqual(before);
    write('libs/first/src/inner/a.spec.ts', 'a test');
    write('libs/first/node_modules/a.js', 'of somebody else');
    write('README.md', 'read me');
    expect(stateOfBuild(root)).toEqual(before);
  });

  it.each<[string, () => void]>([
    ['one is written', () => write('libs/second/src/inner/a.ts', 'other')],
    ['one is as long as before', () => utimesSync(join(root, 'bench/src/inner/a.ts'), new Date(), new Date(0))],
    ['one comes', () => write('bench/src/b.ts', '')],
    ['one goes', () => rmSync(join(root, 'bench/src/inner/a.ts'))],
    ['a project comes', () => write('libs/third/package.json', '{}')],
    ['another compiler is asked for', () => write('.swcrc', '{}')],
  ])('has other sources once %s', (_, change) => {
    const before = stateOfBuild(root);
    change();
    const after = stateOfBuild(root);
    expect(after.sources).not.toBe(before.sources);
    expect(after.built).toBe(before.built);
  });

  it.each<[string, () => void]>([
    ['somebody else writes it', () => write('libs/first/dist/inner/a.js', 'other')],
    ['it is gone', () => rmSync(join(root, 'libs/first/dist'), { recursive: true })],
  ])('is not what was built once %s', (_, change) => {
    const before = stateOfBuild(root);
    change();
    const after = stateOfBuild(root);
    expect(after.built).not.toBe(before.built);
    expect(after.sources).toBe(before.sources);
  });
});
