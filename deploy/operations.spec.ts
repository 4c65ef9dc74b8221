import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sharedSettings } from '../libs/service-kit/src/config/read-config.js';
import type { Signals } from '../libs/service-kit/src/signals/signal-log.js';
import { withSignalsSection } from '../libs/service-kit/src/signals/signals-page.js';
import { exists, programs, root, textOf } from './what-is-written.js';

const page = 'docs/operations.md';

/** The sentence above a setting in its app's config, where it has one. */
function commentOf(path: string, name: string): string {
  const [, comment = ''] = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*${name}:`).exec(textOf(path)) ?? [];
  return comment
    .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

const secret = /(SECRET|KEY)$/;
function settingRows(owner: string, path: string, shape: z.ZodRawShape): string[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { success, data } = z.safeParse(schema, undefined);
    const standard = secret.test(name)
      ? 'one for development, refused in production'
      : success && data !== undefined && data !== ''
        ? `\`${JSON.stringify(data).replaceAll('"', '')}\``
        : '';
    return `| \`${name}\` | ${owner} | ${standard} | ${commentOf(path, name)} |`;
  });
}

/** The settings of all apps, those that every one reads first. */
async function settingsTable(): Promise<string> {
  const rows = settingRows('all services', 'libs/service-kit/src/config/read-config.ts', sharedSettings);
  for (const app of programs()) {
    const config = `apps/${app}/src/config.ts`;
    if (!exists(config)) continue;
    const { settings = {} } = (await import(join(root, config))) as { settings?: z.ZodRawShape };
    rows.push(...settingRows(app, config, settings));
  }
  return [
    '<!-- settings -->',
    '| name | read by | default | |',
    '|---|---|---|---|',
    ...rows,
    '<!-- end of settings -->',
  ].join('\n');
}

/**
 * The page's tables are made from the code: `UPDATE_DOCS=1 npm run jest -- --testPathPatterns deploy/operations` writes
 * them anew.
 */
it('docs/operations.md lists the settings and signals that the code has', async () => {
  const written = textOf(page);
  const table = await settingsTable();
  let wanted = written.replace(/<!-- settings -->[\s\S]*<!-- end of settings -->/, () => table);
  expect(wanted).toContain(table);
  for (const app of programs()) {
    if (!exists(`apps/${app}/src/signals.ts`)) continue;
    const module = (await import(join(root, `apps/${app}/src/signals.ts`))) as {
      log?: { signals: Signals };
      signals?: Signals;
    };
    wanted = withSignalsSection(wanted, app, module.log?.signals ?? module.signals ?? {});
  }
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(join(root, page), wanted);
  else expect(written).toBe(wanted);
});
