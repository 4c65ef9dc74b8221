/** Ends with 1, and a sentence, where the platform runs already: asked before anything is installed or built under it. */
import { ownHome } from './home.js';
import { alreadyRuns, otherSupervisor } from './one-at-a-time.js';

const other = await otherSupervisor(ownHome().run);
if (other) {
  process.stderr.write(alreadyRuns(other));
  process.exitCode = 1;
}
