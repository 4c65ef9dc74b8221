/**
 * Up to which seq nothing new can appear. A seq is drawn before its transaction commits, so a smaller one may become
 * visible later than a larger one; but no writer's transaction lives longer than its timeout. So what was the largest seq
 * that anyone had drawn so long ago is settled: each one below it is there or never will be.
 * No transaction ids are asked, because any long transaction anywhere would hold them back.
 */
export class SettledSeqs {
  private samples: { at: number; seq: number }[] = [];
  private highest = 0;
  private settledSeq = 0;

  constructor(
    private readonly writersLimitMs: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** A committed row with this seq was seen: this one and all below it had been drawn by now. */
  saw(seq: number): void {
    if (seq <= this.highest) return;
    this.highest = seq;
    const last = this.samples.at(-1);
    const at = this.clock();
    if (!last || at - last.at >= sampleEveryMs) this.samples.push({ at, seq });
  }

  /** The largest seq of which it is certain; ask before the rows are read, not after. */
  settled(): number {
    const before = this.clock() - this.writersLimitMs;
    while (this.samples[0] && this.samples[0].at < before) this.settledSeq = this.samples.shift()?.seq ?? 0;
    return this.settledSeq;
  }

  /** A row was found where none could be: nothing is certain any more, and everything is learnt anew. */
  forget(): void {
    this.samples = [];
    this.highest = 0;
    this.settledSeq = 0;
  }
}

const sampleEveryMs = 500;
