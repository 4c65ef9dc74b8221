import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { kafka } from './kafka.js';

it('refuses a folder with a comma in its name, which Kafka would take for two, and makes none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-'));
  const data = join(folder, 'Smith, John', 'kafka');
  const prepared = kafka({ port: 1, controllerPort: 2, data }).prepare?.(() => undefined);
  await expect(prepared).rejects.toThrow(`${data}: set ORDERLOG_HOME to a folder without one`);
  expect(existsSync(join(folder, 'Smith, John'))).toBe(false);
  rmSync(folder, { recursive: true });
});
