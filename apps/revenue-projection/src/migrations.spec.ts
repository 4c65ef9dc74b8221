import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const read = (app: string) =>
  readFileSync(new URL(`../../${app}/migrations/0002_projection_runtime.sql`, import.meta.url), 'utf8');

it('what libs/projection keeps is the same in every projection’s schema', () => {
  const ours = read('revenue-projection');
  expect(ours).toContain('create table revenue.partitions');
  expect(read('audit-projection')).toBe(ours.replaceAll('revenue.', 'audit.'));
});
