/** Another producer holds the identity now: its epoch is newer, and Kafka takes nothing more from ours. */
export class ProducerFenced extends Error {
  constructor(
    readonly identity: string,
    options?: { cause?: unknown },
  ) {
    super(`${identity} belongs to another producer now`, options);
    this.name = 'ProducerFenced';
  }
}

/** Kafka refused the records for what they are: sent again they would be refused again. */
export class RecordsRefused extends Error {
  constructor(
    /** The protocol's name: MESSAGE_TOO_LARGE, UNKNOWN_TOPIC_OR_PARTITION, INVALID_TIMESTAMP … */
    readonly reason: string,
    /** Sent with others, any one of them may be to blame (and a batch may be too large where none of its records is). */
    readonly alone: boolean,
    options?: { cause?: unknown },
  ) {
    super(`Kafka refused ${alone ? 'the record' : 'records'}: ${reason}`, options);
    this.name = 'RecordsRefused';
  }
}

/** The records may have been written or not: nobody knows, nobody has answered. Or surely not, but later they may be. */
export class SendFailed extends Error {
  constructor(why: string, options?: { cause?: unknown }) {
    super(`Kafka did not acknowledge: ${why}`, options);
    this.name = 'SendFailed';
  }
}
