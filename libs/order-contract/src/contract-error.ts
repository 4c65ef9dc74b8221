/** A fact, or a message, that the contract has no room for. `code` is stable. */
export class ContractError extends Error {
  override readonly name: string = 'ContractError';

  constructor(
    readonly code:
      | 'unknown-event-type'
      /** Written by a later release: this one was rolled back, or is late. */
      | 'future-schema-version'
      | 'malformed-fact'
      | 'malformed-message'
      | 'message-too-large',
    message: string,
  ) {
    super(message);
  }
}
