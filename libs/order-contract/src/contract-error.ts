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
      /** It is kept, and does not say what its type has to: its row was changed. */
      | 'damaged-fact'
      | 'message-too-large',
    message: string,
  ) {
    super(message);
  }
}
