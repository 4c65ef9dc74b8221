/**
 * Adds up what .ci/run has left in a folder: Jest's report (tests.json) and the exit code of each check (*.exit).
 * Prints `N passed, N failed` and ends with an error unless something passed and nothing failed.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export function totals(folder) {
  const checks = readdirSync(folder)
    .filter((file) => file.endsWith('.exit'))
    .map((file) => ({
      name: basename(file, '.exit'),
      failed: readFileSync(join(folder, file), 'utf8').trim() !== '0',
    }));
  const reportFile = join(folder, 'tests.json');
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : undefined;
  const passed = report?.numPassedTests ?? 0;
  // A file that could not even be loaded has no tests to count, and is a failure all the same.
  const failedTests = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  const failedChecks = checks.filter(({ name, failed }) => failed && (name !== 'tests' || failedTests === 0));
  const failed = failedTests + failedChecks.length + (passed === 0 && failedTests + failedChecks.length === 0 ? 1 : 0);
  return { passed, failed, failedChecks: failedChecks.map(({ name }) => name) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { passed, failed, failedChecks } = totals(process.argv[2]);
  for (const name of failedChecks) console.log(`failed: ${name}`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
