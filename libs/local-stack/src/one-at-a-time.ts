import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim, forget, recall, type RunningProcess } from './processes.js';

/** One supervisor a home. */
const name = 'supervisor';
const stoppingFile = (run: string) => join(run, `${name}.stopping`);

/**
 * @returns the supervisor that runs here, if one goes on running; one that is about to stop (its terminal has gone,
 * say) is waited for
 */
export async function otherSupervisor(run: string): Promise<RunningProcess | undefined> {
  const [seenBy, stopsBy] = [Date.now() + 2_000, Date.now() + 90_000];
  let other = recall(run, name);
  while (other && Date.now() < (existsSync(stoppingFile(run)) ? stopsBy : seenBy)) {
    await sleep(100);
    other = recall(run, name);
  }
  return other;
}

/** Takes the place of the supervisor. @returns who has it already; undefined where it is ours now */
export function becomeSupervisor(run: string): RunningProcess | undefined {
  const other = claim(run, name);
  if (!other) rmSync(stoppingFile(run), { force: true });
  return other;
}

export const beginToStop = (run: string): void => writeFileSync(stoppingFile(run), '');

export function haveStopped(run: string): void {
  forget(run, name);
  rmSync(stoppingFile(run), { force: true });
}

export const alreadyRuns = (other: RunningProcess): string =>
  `orderlog already runs here (pid ${other.pid}). Ctrl-C where it runs, or kill ${other.pid}, stops it.\n`;
