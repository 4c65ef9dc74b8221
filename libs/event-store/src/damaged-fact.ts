/** A row says what no fact can say: somebody has changed it past every guard. */
export class DamagedFact extends Error {
  override readonly name = 'DamagedFact';

  constructor(
    readonly stream: string,
    readonly version: number,
    what: string,
  ) {
    super(`version ${version} of ${stream} ${what}`);
  }

  static atNoTime(stream: string, version: number, column: 'occurred_at' | 'recorded_at'): DamagedFact {
    return new DamagedFact(stream, version, `was at no time that there is, by its ${column}`);
  }
}
