import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { homeAt, repository } from '../home.js';
import { claim, forget, identityOf, recall, runningAs } from '../processes.js';
import { Supervisor } from '../supervisor.js';

const ofThisClone = join(repository, '.orderlog/test');

/**
 * Makes a directory that no other test has. Its name says from the first moment on whose it is: should this process be
 * killed, the next run of tests clears it away, and no sooner.
 * @param kind what it is for
 */
export function ownDirectory(kind: string, ofAllTests = ofThisClone): string {
  mkdirSync(ofAllTests, { recursive: true });
  return mkdtempSync(join(ofAllTests, `${kind}.${identityOf(process.pid)}.`));
}

const ownerOf = (directory: string): number | undefined => runningAs(directory.split('.').at(-2) ?? '');

/**
 * Removes what tests have left that were killed, and ends what still runs in there. Leaves alone what belongs to a process
 * that runs, or has a supervisor that does. Does nothing while another run of tests clears.
 */
export async function clearAbandoned(
  say: (name: string, sentence: string) => void,
  ofAllTests = ofThisClone,
): Promise<void> {
  mkdirSync(ofAllTests, { recursive: true });
  if (claim(ofAllTests, 'clearing')) return;
  try {
    const directories = readdirSync(ofAllTests, { withFileTypes: true }).filter((each) => each.isDirectory());
    for (const { name } of directories.filter((each) => !ownerOf(each.name))) {
      const home = homeAt(join(ofAllTests, name));
      if (recall(home.run, 'supervisor')) continue;
      await new Supervisor(home, say).endLeftovers();
      rmSync(join(ofAllTests, name), { recursive: true, force: true });
    }
  } finally {
    forget(ofAllTests, 'clearing');
  }
}
