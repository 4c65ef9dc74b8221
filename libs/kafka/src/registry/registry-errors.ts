/** The registry does not answer, or not sensibly: wait and ask again. The message is not to blame. */
export class RegistryUnavailable extends Error {
  constructor(what: string, options?: { cause?: unknown }) {
    super(`the schema registry is not available: ${what}`, options);
    this.name = 'RegistryUnavailable';
  }
}

/** The registry answers, and does not know the schema that a message names: the message is poison. */
export class UnknownSchema extends Error {
  constructor(readonly schemaId: number) {
    super(`the registry knows no schema with id ${schemaId}`);
    this.name = 'UnknownSchema';
  }
}

/** The bytes are not what the wire format and the schema say: the message is poison. */
export class MalformedMessage extends Error {
  constructor(reason: string, options?: { cause?: unknown }) {
    super(`the message cannot be read: ${reason}`, options);
    this.name = 'MalformedMessage';
  }
}

/** The registry answered that what was asked of it cannot be: an incompatible schema, a malformed one, a wrong level. */
export class RegistryRefused extends Error {
  constructor(
    what: string,
    readonly status: number,
    readonly code: number | undefined,
  ) {
    super(`the schema registry refused: ${what}`);
    this.name = 'RegistryRefused';
  }
}
