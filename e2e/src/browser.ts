import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ownDirectory, repository } from '@orderlog/local-stack';
import { chromium, type Browser } from 'playwright-core';

const run = promisify(execFile);

/** A browser that is gone, with all that it unpacked, once it is closed. */
export interface OwnBrowser {
  browser: Browser;
  close(): Promise<void>;
}

/** Chromium as npm brought it, for root and for a plain user, on a machine that has no browser and few libraries. */
export async function openBrowser(): Promise<OwnBrowser> {
  const home = ownDirectory('browser');
  const { stdout: executable } = await run(process.execPath, [join(repository, 'e2e/src/unpack-chromium.mjs')], {
    cwd: repository,
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: home },
    timeout: 120_000,
  });
  const browser = await chromium.launch({
    executablePath: executable,
    // Pages of this machine alone are opened; the sandbox needs rights that a container seldom gives.
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      TMPDIR: home,
      FONTCONFIG_FILE: await fontsIn(home),
      ...((await lacksLibraries(executable)) ? { LD_LIBRARY_PATH: join(home, 'al2023/lib') } : {}),
    },
    timeout: 60_000,
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What comes with Chromium names folders of another machine as those of its fonts: without one, text has no width. */
async function fontsIn(home: string): Promise<string> {
  const folders = [join(home, 'fonts'), join(repository, 'node_modules/dejavu-fonts-ttf/ttf')];
  const file = join(home, 'fonts.conf');
  await writeFile(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders
      .map((folder) => `<dir>${folder}</dir>`)
      .join('')}<cachedir>${join(home, 'fonts-cache')}</cachedir></fontconfig>`,
  );
  return file;
}

const lacksLibraries = async (executable: string): Promise<boolean> =>
  (await run('ldd', [executable])).stdout.includes('not found');
