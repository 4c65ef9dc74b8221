import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repository, type Home } from './home.js';
import { PartFailed, stages, WaitsForPerson, type Launch, type Part } from './part.js';
import { isFree } from './ports.js';
import { end, forget, recall, remember, remembered, signal } from './processes.js';
import { takenPort } from './settings.js';

/** How long a part that died waits before it is started again: doubled each time, forgotten once it has held. */
export const backOff = { firstMs: 500, longestMs: 30_000, heldAfterMs: 60_000 };

/** How often a part may die before its first readiness, until the start is given up. */
const attemptsOfAStart = 3;

/** Bytes: a log that is larger at a start is put aside as `<name>.log.1`, and the one before that is forgotten. */
const largestLog = 20 * 1024 * 1024;

interface Kept {
  part: Part;
  process?: ChildProcess;
  startedAt: number;
  deaths: number;
}

/** Starts parts, keeps them running, and stops them in the order of their stages. */
export class Supervisor {
  private readonly kept = new Map<string, Kept>();
  /** Where in its log file a part's last start begins. */
  private readonly logBegins = new Map<string, number>();
  private readonly runningOnce = new Set<ChildProcess>();
  private stopping = false;

  constructor(
    private readonly home: Home,
    private readonly say: (name: string, sentence: string) => void,
  ) {}

  /**
   * Ends what an earlier run has left behind because it was killed itself; strangers that were given one of its pids
   * are left alone.
   */
  async endLeftovers(): Promise<void> {
    const names = remembered(this.home.run).filter((name) => recall(this.home.run, name)?.pid !== process.pid);
    // Apps by whatever name go before what they stand on.
    const infrastructure = ['registry', 'kafka', 'postgres'];
    const order = [...names.filter((name) => !infrastructure.includes(name)), ...infrastructure];
    for (const name of order.filter((each) => names.includes(each))) {
      const left = recall(this.home.run, name);
      if (left) {
        // SIGINT is Postgres's fast way; SIGTERM would wait for its clients.
        const asked = name === 'postgres' ? 'SIGINT' : 'SIGTERM';
        const forced = await end(left.pid, { signal: asked, withinMs: 15_000 });
        this.say(name, `ended pid ${left.pid}, left over from a run that was killed${forced ? ' (by force)' : ''}`);
      }
      forget(this.home.run, name);
    }
  }

  /**
   * Starts a part and keeps it running from then on.
   * @returns once it is ready
   * @throws PartFailed when a port is taken, it is not ready in time (unless it waits for a person), or it died too often before
   */
  async start(part: Part): Promise<void> {
    const kept: Kept = { part, startedAt: 0, deaths: 0 };
    this.kept.set(part.name, kept);
    const deadline = Date.now() + part.readyWithinMs;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.bringUp(kept, deadline);
        void this.watch(kept);
        return;
      } catch (error) {
        await this.takeDown(kept);
        const again = error instanceof DiedEarly && attempt < attemptsOfAStart && !this.stopping;
        if (!again) throw error;
        this.say(part.name, `${error.message} Trying again.`);
        await sleep(backOff.firstMs * attempt);
      }
    }
  }

  /**
   * Runs a program that ends on its own, such as the deploy step.
   * @throws PartFailed when it fails or takes longer than `withinMs`
   */
  async runOnce(name: string, once: { launch: Launch; withinMs: number }): Promise<void> {
    const startedAt = Date.now();
    if (this.stopping) throw new PartFailed(`${name} was stopped before it had started.`);
    const child = this.spawn(name, once.launch);
    this.runningOnce.add(child);
    const timer = setTimeout(() => child.pid && signal(child.pid, 'SIGKILL'), once.withinMs);
    await new Promise<void>((resolve, reject) => child.once('exit', () => resolve()).once('error', reject));
    clearTimeout(timer);
    this.runningOnce.delete(child);
    forget(this.home.run, name);
    if (child.exitCode !== 0) throw new PartFailed(`${name} failed (${howItEnded(child)}).${this.lastWords(name)}`);
    this.say(name, `done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }

  /** Stops everything, stage by stage; each part has its own time limit, then it is forced. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const { pid } of this.runningOnce) if (pid) await end(pid, { signal: 'SIGTERM', withinMs: 5_000 });
    for (const stage of stages) {
      const ofStage = [...this.kept.values()].filter(({ part }) => part.stage === stage);
      await Promise.all(ofStage.map((kept) => this.takeDown(kept)));
    }
  }

  /** Forces everything to end, at once. */
  kill(): void {
    this.stopping = true;
    const children = [...this.runningOnce, ...[...this.kept.values()].map(({ process: child }) => child)];
    for (const child of children) if (child?.pid && isRunning(child)) signal(child.pid, 'SIGKILL');
  }

  private async bringUp(kept: Kept, deadline: number): Promise<void> {
    const { part } = kept;
    const startedAt = Date.now();
    for (const { port, variable } of part.ports) {
      if (await isFree(port)) continue;
      throw new PartFailed(takenPort(part.name, port, variable));
    }
    await part.prepare?.((sentence) => this.say(part.name, sentence));
    if (this.stopping) throw new PartFailed(`${part.name} was stopped before it had started.`);

    const child = this.spawn(part.name, part.launch());
    kept.process = child;
    kept.startedAt = startedAt;
    const failedToSpawn = new Promise<never>((_, reject) => child.once('error', reject));
    await Promise.race([failedToSpawn, this.becomeReady(kept, child, deadline)]);
    this.say(part.name, `ready in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  }

  private spawn(name: string, launch: Launch): ChildProcess {
    const log = this.logFile(name);
    const size = existsSync(log) ? statSync(log).size : 0;
    if (size > largestLog) renameSync(log, `${log}.1`);
    this.logBegins.set(name, size > largestLog ? 0 : size);
    const output = openSync(log, 'a');
    try {
      const child = spawn(launch.command, launch.args, {
        cwd: launch.cwd ?? repository,
        env: { ...process.env, ...launch.env },
        stdio: ['ignore', output, output],
        detached: true, // Ctrl-C at the terminal reaches us alone, so that the order of the stop is ours
      });
      if (child.pid) remember(this.home.run, name, child.pid);
      return child;
    } finally {
      closeSync(output);
    }
  }

  private async becomeReady(kept: Kept, child: ChildProcess, deadline: number): Promise<void> {
    const { part } = kept;
    if (!part.ready) return;
    let last: unknown;
    let until = deadline;
    let told = false;
    while (Date.now() < until) {
      if (!isRunning(child))
        throw new DiedEarly(
          `${part.name} ended before it was ready (${howItEnded(child)}).${this.lastWords(part.name)}`,
        );
      try {
        return void (await part.ready());
      } catch (error) {
        if (error instanceof WaitsForPerson) {
          if (!told) this.say(part.name, `waits for you: ${error.message}`);
          told = true;
          until = Date.now() + part.readyWithinMs;
        }
        last = error;
      }
      await sleep(50);
    }
    throw new PartFailed(
      `${part.name} was not ready within ${part.readyWithinMs / 1000} s (${last instanceof Error ? last.message : String(last)}).${this.lastWords(part.name)}`,
    );
  }

  /** Starts the part again each time that it dies, until everything is stopped. */
  private async watch(kept: Kept): Promise<void> {
    while (!this.stopping && kept.process) {
      const child = kept.process;
      if (isRunning(child)) await new Promise((resolve) => child.once('exit', resolve));
      if (this.stopping) return;
      if (Date.now() - kept.startedAt > backOff.heldAfterMs) kept.deaths = 0;
      const pauseMs = Math.min(backOff.firstMs * 2 ** kept.deaths++, backOff.longestMs);
      this.say(
        kept.part.name,
        `died (${howItEnded(child)}), starts again in ${pauseMs / 1000} s; it says why in ${this.logFile(kept.part.name)}`,
      );
      await sleep(pauseMs);
      if (this.stopping) return;
      try {
        await this.bringUp(kept, Date.now() + kept.part.readyWithinMs);
      } catch (error) {
        this.say(kept.part.name, (error as Error).message);
        await this.takeDown(kept);
      }
    }
  }

  private async takeDown(kept: Kept): Promise<void> {
    const { part, process: child } = kept;
    if (child?.pid && isRunning(child)) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      const forced = await end(child.pid, { signal: part.stopSignal, withinMs: part.stopWithinMs });
      await gone;
      this.say(part.name, forced ? `did not stop within ${part.stopWithinMs / 1000} s and was killed` : 'stopped');
    }
    forget(this.home.run, part.name);
  }

  private logFile(name: string): string {
    return join(this.home.logs, `${name}.log`);
  }

  /** What a part has said since it was started last (of much, the beginning and the end), and where the rest is. */
  private lastWords(name: string): string {
    const log = this.logFile(name);
    const lines = readFileSync(log).subarray(this.logBegins.get(name)).toString().trimEnd().split('\n');
    const shown = lines.length <= 12 ? lines : [...lines.slice(0, 6), '…', ...lines.slice(-6)];
    return `\n${shown.map((line) => `    ${line}`).join('\n')}\n  All of it: ${log}`;
  }
}

/** It ended on its own before it was ready: worth another try, unlike a taken port. */
class DiedEarly extends PartFailed {}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

const howItEnded = (child: ChildProcess): string =>
  child.signalCode !== null ? `by ${child.signalCode}` : `with exit code ${child.exitCode}`;
