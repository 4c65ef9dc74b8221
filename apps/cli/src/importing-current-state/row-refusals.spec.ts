import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { home } from '../home.js';
import { rowRefusals } from './row-refusals.js';

it('the page about the import names each reason for which a row is refused, and no other', () => {
  const page = readFileSync(join(home, 'docs/importing-current-state.md'), 'utf8');
  const table = page.slice(page.indexOf('| reason | when |'));
  const named = [...table.matchAll(/^\| `([a-z0-9-]+)` +\| (.*?) +\|$/gm)].map(([, reason, when]) => [reason, when]);
  expect(Object.fromEntries(named)).toEqual(rowRefusals);
});
