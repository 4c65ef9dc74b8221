import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A pid alone names nobody: once its process has ended, a stranger may be given the same one. So a process is known by
 * its pid and the moment at which it was started, as one word (`identityOf`). Beside `<name>.pid`, which is for people,
 * lies `<name>.born`, a symbolic link to that word: the system makes it as a whole or not at all, and never over another.
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

/** @returns a word for this one process, in which no blank is; also a file's name may end in it. */
export const identityOf = (pid: number): string =>
  `${pid}-${createHash('sha256')
    .update(bornAt(pid) ?? '')
    .digest('hex')
    .slice(0, 12)}`;

/** @returns the pid of the process that this word means, if that very process still runs. */
export function runningAs(identity: string): number | undefined {
  const pid = Number.parseInt(identity, 10);
  return pid > 1 && bornAt(pid) !== undefined && identityOf(pid) === identity ? pid : undefined;
}

/** Writes down that `pid` is ours, under this name. */
export function remember(run: string, name: string, pid: number): void {
  forget(run, name);
  symlinkSync(identityOf(pid), bornFile(run, name));
  writeFileSync(pidFile(run, name), `${pid}\n`);
}

export function forget(run: string, name: string): void {
  rmSync(pidFile(run, name), { force: true });
  rmSync(bornFile(run, name), { force: true });
}

/** @returns the process that has this name, if that very process still runs. */
export function recall(run: string, name: string): RunningProcess | undefined {
  const pid = runningAs(identityIn(bornFile(run, name)) ?? '');
  return pid === undefined ? undefined : { name, pid };
}

/**
 * Takes a name for this process, so that a second one sees that there is a first. Of several that ask in the same moment
 * one gets it, also where a dead process has left it, or was killed in here.
 * @returns who has it already; undefined where it is ours now
 */
export function claim(run: string, name: string): RunningProcess | undefined {
  const pid = take(bornFile(run, name));
  if (pid !== undefined) return { name, pid };
  writeFileSync(pidFile(run, name), `${process.pid}\n`);
  return undefined;
}

/** @returns the pid of who has it, or is about to; undefined where it is ours now */
function take(file: string): number | undefined {
  for (;;) {
    if (linked(identityOf(process.pid), file)) return undefined;
    const holder = runningAs(identityIn(file) ?? '');
    if (holder !== undefined) return holder;
    // What looked dead may be another's by now. Nobody's is, while we look and remove: who removes has this for it.
    const burial = `${file}.burial`;
    const other = take(burial);
    if (other !== undefined) return other;
    const left = identityIn(file);
    if (left !== undefined && runningAs(left) === undefined) rmSync(file);
    rmSync(burial);
  }
}

/** @returns false where something has that name already */
function linked(identity: string, file: string): boolean {
  try {
    symlinkSync(identity, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  }
}

/** @returns undefined where there is no such file; nobody ('') where it is no link */
function identityIn(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'EINVAL') return '';
    throw error;
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

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
    if (codeOf(error) !== 'ESRCH') throw error;
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
