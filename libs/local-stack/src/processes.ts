import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A pid alone names nobody: once its process has ended, a stranger may be given the same one. So beside `<name>.pid`
 * lies `<name>.born` with the moment at which that process was started, and only who has both is ours.
 */
export interface RunningProcess {
  name: string;
  pid: number;
}

/** @returns when the process was started, in a form that is only good for comparing; undefined where none runs. */
export function bornAt(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything: count from behind it (proc(5)).
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return undefined; // ended, and only waits for its parent to look
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${fields[18]}`;
  } catch {
    return undefined;
  }
}

/** @returns the processes that this one has started, and that still run. */
export function childrenOf(pid: number): number[] {
  const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return all
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
}

const pidFile = (run: string, name: string) => join(run, `${name}.pid`);
const bornFile = (run: string, name: string) => join(run, `${name}.born`);

/** Writes down that `pid` is ours, under this name. */
export function remember(run: string, name: string, pid: number): void {
  writeFileSync(bornFile(run, name), bornAt(pid) ?? '');
  writeFileSync(pidFile(run, name), `${pid}\n`);
}

export function forget(run: string, name: string): void {
  rmSync(pidFile(run, name), { force: true });
  rmSync(bornFile(run, name), { force: true });
}

/** @returns the process that `<name>.pid` means, if that very process still runs. */
export function recall(run: string, name: string): RunningProcess | undefined {
  if (!existsSync(pidFile(run, name)) || !existsSync(bornFile(run, name))) return undefined;
  const pid = Number(readFileSync(pidFile(run, name), 'utf8'));
  const born = readFileSync(bornFile(run, name), 'utf8');
  return Number.isInteger(pid) && pid > 1 && born !== '' && bornAt(pid) === born ? { name, pid } : undefined;
}

/**
 * Takes a name for this process, so that a second one sees that there is a first.
 * @returns who has it already; undefined where it is ours now
 */
export function claim(run: string, name: string): RunningProcess | undefined {
  const holder = recall(run, name);
  if (holder) return holder;
  forget(run, name);
  try {
    writeFileSync(pidFile(run, name), `${process.pid}\n`, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { name, pid: Number(readFileSync(pidFile(run, name), 'utf8')) };
  }
  writeFileSync(bornFile(run, name), bornAt(process.pid) ?? '');
  return undefined;
}

/** @returns the names that have a pid file, whether or not their processes still run. */
export const remembered = (run: string): string[] =>
  readdirSync(run)
    .filter((file) => file.endsWith('.pid'))
    .map((file) => file.slice(0, -'.pid'.length));

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends a process, asked first and forced after `withinMs`.
 * @returns whether it had to be forced
 */
export async function end(pid: number, how: { signal: NodeJS.Signals; withinMs: number }): Promise<boolean> {
  const born = bornAt(pid);
  const runs = () => born !== undefined && bornAt(pid) === born;
  signal(pid, how.signal);
  const deadline = Date.now() + how.withinMs;
  while (runs() && Date.now() < deadline) await sleep(20);
  if (!runs()) return false;
  signal(pid, 'SIGKILL');
  const lastMoment = Date.now() + 5_000;
  while (runs() && Date.now() < lastMoment) await sleep(20);
  return true;
}
