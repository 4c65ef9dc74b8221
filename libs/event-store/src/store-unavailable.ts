/**
 * Postgres could not be asked, or did not answer in time.
 * `not-written`: nothing of the call was kept, nor will be. `unknown`: the connection was lost around the commit and the store
 * could not be asked in time what came of it; ask again by the command (findCommand), or append again with the same command.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  constructor(
    readonly outcome: 'not-written' | 'unknown',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}
