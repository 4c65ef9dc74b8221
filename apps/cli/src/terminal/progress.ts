import { count, duration } from './numbers.js';

interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** What is being done: `storing`. */
  what: string;
  /** Of what: `invoices`. */
  unit: string;
  screen?: Screen;
  now?: () => number;
}

/** A terminal is drawn anew at most this often; elsewhere (a log, a CI) a line is written at most this often. */
const redrawMs = 100;
const lineMs = 2_000;
/** The rate is that of the last seconds: what is left is told from how it goes now. */
const rateWindowMs = 5_000;

/**
 * Progress of long work, with rate and time left, on stderr: one line that is drawn over and over on a terminal, and a
 * plain line now and then where there is none.
 */
export class Progress {
  private readonly screen: Screen;
  private readonly now: () => number;
  private readonly started: number;
  private samples: { at: number; done: number }[];
  private shownAt: number;
  private drawn = false;

  constructor(private readonly options: ProgressOptions) {
    this.screen = options.screen ?? process.stderr;
    this.now = options.now ?? (() => performance.now());
    this.started = this.now();
    this.samples = [{ at: this.started, done: 0 }];
    this.shownAt = this.started - (this.screen.isTTY ? redrawMs : 0);
  }

  /** @param done how much of `total` (absent: nobody knows how much there is), in the unit; @param also a word more */
  at(done: number, total?: number, also = ''): void {
    const at = this.now();
    if (at - this.shownAt < (this.screen.isTTY ? redrawMs : lineMs)) return;
    this.shownAt = at;
    this.samples.push({ at, done });
    while (this.samples.length > 2 && this.samples[1]!.at < at - rateWindowMs) this.samples.shift();
    const since = this.samples[0]!;
    const perMs = at > since.at ? (done - since.done) / (at - since.at) : 0;
    const { what, unit } = this.options;
    const parts = [
      total === undefined
        ? `${count(done)} ${unit}`
        : `${count(done)} of ${count(total)} ${unit}${percent(done, total)}`,
      `${count(Math.max(0, perMs * 1000))}/s`,
    ];
    if (total !== undefined && perMs > 0 && done < total) parts.push(`${duration((total - done) / perMs)} left`);
    if (also) parts.push(also);
    this.show(`${what}: ${parts.join(', ')}`);
  }

  /** The last word on this work; stays on the screen. */
  end(text: string): void {
    this.clear();
    this.screen.write(`${this.options.what}: ${text}\n`);
  }

  /** Takes away what is drawn, so that something else can be written. */
  clear(): void {
    if (this.drawn) this.screen.write('\r\x1b[K');
    this.drawn = false;
  }

  /** Milliseconds since the work began. */
  get elapsedMs(): number {
    return this.now() - this.started;
  }

  private show(text: string): void {
    if (!this.screen.isTTY) {
      this.screen.write(`${text}\n`);
      return;
    }
    const width = (this.screen.columns ?? 80) - 1;
    this.screen.write(`\r\x1b[K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
    this.drawn = true;
  }
}

const percent = (done: number, total: number): string =>
  total > 0 ? ` (${Math.floor((100 * Math.min(done, total)) / total)} %)` : '';
