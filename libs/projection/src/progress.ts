/** How far a projection is on its way to the end of its topic, or of what it reads again. */
export interface Progress {
  /** Messages. */
  done: number;
  total: number;
  ratePerSecond: number;
  /** null: it does not move, or nobody knows yet. */
  secondsLeft: number | null;
}

const WINDOW_MS = 10_000;

/**
 * Measures a way by what is left of it: its length is the most that was ever left since it began, its rate that of the
 * last ten seconds. Given samples of the database, so it sees what every instance of the projection does.
 */
export class ProgressMeter {
  #samples: { atMs: number; left: number }[] = [];
  #total = 0;

  /** @param atMs a clock that never goes back */
  sample(left: number, atMs: number): void {
    const last = this.#samples.at(-1);
    if (left <= 0) {
      this.#samples = [{ atMs, left: 0 }];
      this.#total = 0;
      return;
    }
    // Much more left than before: another way has begun (a reset), and the old rate says nothing about it.
    if (last && left > last.left + Math.max(1_000, this.#total / 10)) {
      this.#samples = [];
      this.#total = 0;
    }
    this.#total = Math.max(this.#total, left);
    this.#samples.push({ atMs, left });
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? atMs) > WINDOW_MS) this.#samples.shift();
  }

  /** @returns null where there is nothing left to do */
  read(): Progress | null {
    const last = this.#samples.at(-1);
    if (!last || last.left <= 0) return null;
    const first = this.#samples[0] as { atMs: number; left: number };
    const seconds = (last.atMs - first.atMs) / 1000;
    const rate = seconds > 0 ? Math.max(0, (first.left - last.left) / seconds) : 0;
    return {
      done: this.#total - last.left,
      total: this.#total,
      ratePerSecond: Math.round(rate),
      secondsLeft: rate > 0 ? Math.ceil(last.left / rate) : null,
    };
  }
}
