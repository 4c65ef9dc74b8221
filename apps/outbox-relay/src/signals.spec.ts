import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { withSignalsSection } from '@orderlog/service-kit';
import { signals } from './signals.js';

describe('docs/operations.md', () => {
  it('has the signals of outbox-relay as the code does', () => {
    const file = new URL('../../../docs/operations.md', import.meta.url);
    const page = readFileSync(file, 'utf8');
    const current = withSignalsSection(page, 'outbox-relay', signals);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, current);
    expect(readFileSync(file, 'utf8')).toBe(current);
  });
});
