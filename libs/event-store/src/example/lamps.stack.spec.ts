import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ownDatabase, type OwnDatabase } from '../own-database.js';
import { lamps } from './lamps.js';

let database: OwnDatabase;
beforeAll(async () => {
  database = await ownDatabase('example');
}, 60_000);
afterAll(() => database?.drop());

const said = `light: appended
the same command again: known-command
expected none, there is 1
each by itself: conflict, appended
together: appended
north, newest first: 2 LampPutOut, 1 LampLit
all since: LampLit, LampLit, LampPutOut, LampPutOut
known then: LampLit
snapshot: {"isLit":false}, of its facts: true
`;

it('the example says what the README says that it does', async () => {
  let lines = '';
  await lamps(database.ownerUrl, (line) => (lines += `${line}\n`));
  expect(lines).toBe(said);
});

it('the README shows the example as it is', () => {
  const file = new URL('../../README.md', import.meta.url);
  const example = readFileSync(new URL('lamps.ts', import.meta.url), 'utf8').replace(
    '../index.js',
    '@orderlog/event-store',
  );
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const shown = page
    .replace(/```ts\n[^]*?```/, () => `\`\`\`ts\n${example}\`\`\``)
    .replace(/```\nlight[^]*?```/, () => `\`\`\`\n${said}\`\`\``);
  if (process.env['UPDATE_DOCS']) writeFileSync(file, shown);
  else expect(page).toBe(shown);
});
