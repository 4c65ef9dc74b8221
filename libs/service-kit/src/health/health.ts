import { isNativeError } from 'node:util/types';
import { within } from '../within.js';

/** One thing that must be so before requests are sent here. Throws with a sentence where it is not. */
export interface Check {
  name: string;
  /** @returns what is worth knowing even when all is well (a lag, a generation), or nothing. */
  check: (signal: AbortSignal) => Promise<Record<string, unknown> | void>;
  /** 2,000 where it is not given. */
  timeoutMs?: number;
}

export interface CheckResult {
  name: string;
  ok: boolean;
  tookMs: number;
  reason?: string;
  detail?: Record<string, unknown>;
}

export interface Readiness {
  status: 'ready' | 'not-ready';
  checks: CheckResult[];
}

/** A check's refusal in words for a person; other errors are shown by their message too. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

/**
 * Whether the app can do its work. Parts add their checks when they are made; all run beside each other, each with its
 * time limit, and probes that come together share one run.
 */
export class Health {
  readonly #checks: Check[] = [];
  #running: Promise<Readiness> | undefined;
  #draining: string | undefined;

  add(check: Check): void {
    this.#checks.push(check);
  }

  /** From now on not ready: the load balancer shall look elsewhere. */
  drain(because: string): void {
    this.#draining = because;
  }

  get draining(): boolean {
    return this.#draining !== undefined;
  }

  async readiness(): Promise<Readiness> {
    if (this.#draining !== undefined) {
      return { status: 'not-ready', checks: [{ name: 'draining', ok: false, tookMs: 0, reason: this.#draining }] };
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<Readiness> {
    const checks = await Promise.all(this.#checks.map((check) => runCheck(check)));
    return { status: checks.every((check) => check.ok) ? 'ready' : 'not-ready', checks };
  }
}

async function runCheck({ name, check, timeoutMs = 2_000 }: Check): Promise<CheckResult> {
  const startedAt = performance.now();
  const tookMs = (): number => Math.round(performance.now() - startedAt);
  try {
    const detail = await within(timeoutMs, `the check ${name}`, check);
    return { name, ok: true, tookMs: tookMs(), ...(detail ? { detail } : {}) };
  } catch (error) {
    const reason = isNativeError(error) && error.message !== '' ? error.message : 'it failed and did not say why';
    return { name, ok: false, tookMs: tookMs(), reason };
  }
}
