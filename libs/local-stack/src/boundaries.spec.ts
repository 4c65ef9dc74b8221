import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { repository } from './home.js';

const run = promisify(execFile);

/** For each part an import that it may not have: the arrows of the house, and the packages that are not its business (without a circle among them). */
const forbidden: [folder: string, imported: string, why: string][] = [
  ['libs/instant', 'pg', 'part:pure'],
  ['libs/merkle-tree', '@orderlog/event-store', 'part:pure'],
  ['libs/order-domain', '@orderlog/instant', 'part:order-domain'],
  ['libs/order-domain', 'zod', 'part:order-domain'],
  ['libs/order-contract', '@orderlog/event-store', 'part:order-contract'],
  ['libs/order-contract', 'kafkajs', 'part:order-contract'],
  ['libs/event-store', '@orderlog/order-domain', 'part:event-store'],
  ['libs/event-store', '@nestjs/common', 'part:event-store'],
  ['libs/kafka', '@orderlog/order-contract', 'part:kafka'],
  ['libs/kafka', 'pg', 'part:kafka'],
  ['libs/projection', '@orderlog/order-contract', 'part:projection'],
  ['libs/projection', '@nestjs/common', 'part:projection'],
  ['libs/projection-service', '@orderlog/order-contract', 'part:projection-service'],
  ['libs/projection-service', 'kafkajs', 'part:projection-service'],
  ['libs/service-kit', 'kafkajs', 'part:service-kit'],
  ['libs/service-kit', 'pg', 'part:service-kit'],
  ['libs/local-stack', '@orderlog/service-kit', 'part:local-stack'],
  ['libs/local-stack', '@nestjs/common', 'part:local-stack'],
  ['apps/order-service', '@orderlog/outbox-relay', 'part:app'],
];

it('refuses each import that a boundary forbids, and lets tests have theirs', async () => {
  // Plain eslint without Nx's graph only warns that it has none: so, as `npm run lint` does, Nx makes it first.
  const planted = forbidden.map(([folder, imported], index) => ({
    file: join(repository, folder, 'src', `planted-import-${index}.ts`),
    text: `export * as planted from '${imported}';\n`,
  }));
  const allowed = {
    file: join(repository, 'libs/merkle-tree/src/planted-import.spec.ts'),
    text: `export * as jest from '@jest/globals';\nexport * as fc from 'fast-check';\nexport * as kit from '@orderlog/local-stack';\n`,
  };
  const files = [...planted, allowed];
  try {
    for (const { file, text } of files) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const bin = (name: string) => join(repository, 'node_modules/.bin', name);
    const options = { cwd: repository, env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 64 * 1024 * 1024 };
    await run(process.execPath, [bin('nx'), 'show', 'projects'], options);
    const lint = run(process.execPath, [bin('eslint'), '--format', 'json', ...files.map(({ file }) => file)], options);
    const { stdout, code } = await lint.then(
      (passed) => ({ ...passed, code: 0 }),
      (failed: { stdout: string; code: number }) => failed,
    );
    const reports = JSON.parse(stdout) as { filePath: string; messages: { ruleId: string; message: string }[] }[];
    const found = Object.fromEntries(
      reports.map(({ filePath, messages }) => [
        relative(repository, filePath),
        messages
          .filter(({ ruleId }) => ruleId === '@nx/enforce-module-boundaries')
          .map(({ message }) => message)
          .join(),
      ]),
    );
    expect(code).toBe(1);
    for (const [index, [folder, imported, tag]] of forbidden.entries()) {
      const message = found[`${folder}/src/planted-import-${index}.ts`];
      expect(`${folder} → ${imported}: ${message}`).toContain(tag === 'part:app' ? 'apps' : `"${tag}"`);
    }
    expect(found[relative(repository, allowed.file)]).toBe('');
  } finally {
    for (const { file } of files) rmSync(file, { force: true });
  }
}, 120_000);
