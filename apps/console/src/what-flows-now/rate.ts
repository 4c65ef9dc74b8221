/** A counter's way over the last while, for a rate and a small picture of it. */
export class Rate {
  readonly #seen: { at: number; count: number }[] = [];

  /** @param keepMs older readings are forgotten. */
  constructor(private readonly keepMs = 120_000) {}

  /** @param at milliseconds of a clock that only goes forward. A counter that fell began again: its past is forgotten. */
  note(count: number, at: number): void {
    const last = this.#seen.at(-1);
    if (last && count < last.count) this.#seen.length = 0;
    this.#seen.push({ at, count });
    while (this.#seen.length > 2 && (this.#seen[0]?.at ?? at) < at - this.keepMs) this.#seen.shift();
  }

  /** @returns per second over the last `overMs`; null where two readings are not there yet. */
  perSecond(overMs = 10_000): number | null {
    const last = this.#seen.at(-1);
    if (!last) return null;
    const first = this.#seen.find(({ at }) => at >= last.at - overMs) ?? last;
    return last.at === first.at ? null : ((last.count - first.count) * 1_000) / (last.at - first.at);
  }

  /** @returns the rate between each reading and the next, oldest first, in steps of `stepMs`. */
  history(stepMs = 2_000): number[] {
    const rates: number[] = [];
    let from = this.#seen[0];
    for (const reading of this.#seen) {
      if (!from || reading.at - from.at < stepMs) continue;
      rates.push(((reading.count - from.count) * 1_000) / (reading.at - from.at));
      from = reading;
    }
    return rates;
  }
}
