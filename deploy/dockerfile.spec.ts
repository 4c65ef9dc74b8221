import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { contract, exists, listening, programs, root, textOf, workspaces } from './what-is-written.js';

interface Instruction {
  name: string;
  rest: string;
}

/** The instructions of a Dockerfile, continued lines joined, comments left out. */
const instructionsOf = (text: string): Instruction[] =>
  text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, rest] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
      if (!name || !rest) throw new Error(`not an instruction: ${line}`);
      return { name, rest };
    });

const instructions = instructionsOf(textOf('deploy/Dockerfile'));
const all = (name: string) => instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
/** What is copied from the build's context, not from another stage. */
const copied = all('COPY')
  .filter((rest) => !rest.startsWith('--from'))
  .flatMap((rest) => rest.split(' ').slice(0, -1));

/** Whether .dockerignore lets a path into the context: the last line that names it or a folder above it rules. */
function letIn(path: string): boolean {
  let answer = true;
  for (const line of textOf('.dockerignore').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = line.replace(/^!/, '');
    const matches =
      pattern === '*' ||
      path === pattern ||
      path.startsWith(`${pattern}/`) ||
      (pattern.startsWith('**/') && path.split('/').some((part) => part === pattern.slice(3)));
    if (matches) answer = line.startsWith('!');
  }
  return answer;
}

describe('the Dockerfile', () => {
  it('tells npm of every part of the workspace, and of none that is gone', () => {
    const manifests = copied.filter((path) => path.endsWith('/package.json')).map((path) => path.slice(0, -13));
    expect(manifests.sort()).toEqual(workspaces());
  });

  it('copies files that are there, and that .dockerignore lets in', () => {
    const missing = copied.filter((path) => path !== '.' && !exists(path));
    expect(missing).toEqual([]);
    expect(copied.filter((path) => path !== '.' && !letIn(path))).toEqual([]);
    for (const path of ['apps/console/src/main.ts', 'libs/instant/src/index.ts', 'nx.json', '.swcrc', 'schemas']) {
      expect({ path, letIn: letIn(path) }).toEqual({ path, letIn: true });
    }
    for (const path of [
      'node_modules/pg',
      '.orderlog/data',
      'apps/console/dist/main.js',
      '.env',
      'docs/operations.md',
    ]) {
      expect({ path, letIn: letIn(path) }).toEqual({ path, letIn: false });
    }
  });

  it('builds by the build that is tested, and installs only what the lock file says', () => {
    const scripts = (JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }).scripts;
    const runs = all('RUN');
    const named = runs.flatMap((run) => [...run.matchAll(/npm run (\S+)/g)].map(([, script]) => script as string));
    expect(named).toEqual(['build']);
    expect(scripts).toHaveProperty('build');
    for (const run of runs.filter((run) => /npm (ci|install)/.test(run))) expect(run).toContain('npm ci');
    const production = instructions.slice(
      instructions.findIndex(({ rest }) => rest.endsWith('AS production-dependencies')),
    );
    expect(production[1]?.rest).toContain('npm ci --omit=dev');
  });

  it('starts what a build makes of src/main.ts, as a user with a number', () => {
    expect(all('ENTRYPOINT')).toEqual(['["node", "--enable-source-maps", "dist/main.js"]']);
    expect(all('USER')).toEqual(['1000:1000']);
    for (const app of programs()) {
      const { nx } = JSON.parse(textOf(`apps/${app}/package.json`)) as { nx: { targets: Record<string, unknown> } };
      expect({ app, builds: 'build' in nx.targets }).toEqual({ app, builds: true });
    }
  });

  it('is on the same Node as the one that the tests run on', () => {
    expect(all('FROM')[0]).toBe(`node:${process.versions.node.split('.')[0]}-slim AS base`);
  });
});

describe('the health check of the image', () => {
  const check = (env: Record<string, string>): Promise<{ code: number | null; said: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(root, 'deploy/healthcheck.mjs')], { env });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, said }));
    });

  it('knows where every app of the contract listens', () => {
    const text = textOf('deploy/healthcheck.mjs');
    for (const app of listening) {
      const { variable, port } = contract[app];
      expect(text).toMatch(new RegExp(`'?${app}'?: \\['${variable}', ${port}\\]`));
    }
  });

  it.each([
    [200, 0],
    [503, 1],
  ])('takes an answer of %i for %i', async (status, code) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const answer = await check({ APP: 'outbox-relay', RELAY_PORT: String(port) });
      expect(answer).toEqual({ code, said: `${status} {}\n` });
      expect(asked).toEqual(['/health/ready']);
    } finally {
      server.close();
    }
  });

  it('fails with the reason where nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const answer = await check({ APP: 'console', CONSOLE_PORT: String(port) });
    expect(answer.code).toBe(1);
    expect(answer.said).toContain('ECONNREFUSED');
  });
});
