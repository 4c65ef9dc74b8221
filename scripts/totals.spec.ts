import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { totals } from './totals.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scripts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the last line of .ci/run', () => {
  function after(run: { tests?: object; exits: Record<string, number> }) {
    if (run.tests) writeFileSync(join(folder, 'tests.json'), JSON.stringify(run.tests));
    for (const [name, code] of Object.entries(run.exits)) writeFileSync(join(folder, `${name}.exit`), `${code}\n`);
    return totals(folder);
  }

  it('adds up what Jest reports', () => {
    const tests = { numPassedTests: 90, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
    expect(after({ tests, exits: { tests: 0, lint: 0 } })).toMatchObject({ passed: 90, failed: 0 });
  });

  it('counts failed tests, files that could not be loaded, and failed checks', () => {
    const tests = { numPassedTests: 90, numFailedTests: 2, numRuntimeErrorTestSuites: 1 };
    expect(after({ tests, exits: { tests: 1, lint: 1, typecheck: 0 } })).toMatchObject({ passed: 90, failed: 4 });
  });

  it('is a failure where npm test failed though no test did', () => {
    const tests = { numPassedTests: 90, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
    expect(after({ tests, exits: { tests: 1 } })).toMatchObject({ passed: 90, failed: 1, failedChecks: ['tests'] });
  });

  it('is a failure where no test ran', () => {
    expect(after({ exits: { tests: 1 } })).toMatchObject({ passed: 0, failed: 1 });
    expect(after({ tests: { numPassedTests: 0 }, exits: { tests: 0 } })).toMatchObject({ passed: 0, failed: 1 });
  });
});
