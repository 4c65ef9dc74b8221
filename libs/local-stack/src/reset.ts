/** What `npm run reset` hands over to: forgets the data, unless the platform runs on it. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ownHome } from './home.js';
import { becomeSupervisor, haveStopped, otherSupervisor } from './one-at-a-time.js';
import { Supervisor } from './supervisor.js';

const home = ownHome();
const running = (await otherSupervisor(home.run)) ?? becomeSupervisor(home.run);
if (running) {
  process.stderr.write(
    `Nothing was forgotten: orderlog runs on that data (pid ${running.pid}). Stop it first (Ctrl-C where it runs).\n`,
  );
  process.exit(1);
}
await new Supervisor(home, (name, sentence) => process.stdout.write(`${name}: ${sentence}\n`)).endLeftovers();
for (const folder of [home.data, home.logs]) {
  // The folders stay: a start that waits for us has made sure of them already.
  for (const each of readdirSync(folder)) rmSync(join(folder, each), { recursive: true, force: true });
}
haveStopped(home.run);
process.stdout.write('Everything is forgotten: the next npm start begins with no order.\n');
