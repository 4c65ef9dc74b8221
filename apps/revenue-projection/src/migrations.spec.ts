import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const read = (app: string, file: string) =>
  readFileSync(new URL(`../../${app}/migrations/${file}`, import.meta.url), 'utf8');

it.each([
  ['0002_projection_runtime.sql', '0002_projection_runtime.sql'],
  ['0004_started_at.sql', '0005_started_at.sql'],
])('what libs/projection keeps is the same in every projection’s schema: %s', (ours, audits) => {
  const text = read('revenue-projection', ours);
  expect(text).toContain('revenue.');
  expect(read('audit-projection', audits)).toBe(text.replaceAll('revenue.', 'audit.'));
});
