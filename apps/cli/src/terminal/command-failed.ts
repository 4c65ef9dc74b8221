/** A command could not do what it was asked: one sentence of what is wrong, and one of what to do about it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    message: string,
    readonly remedy?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** @returns the error and what it says of its causes, in one line: `fetch failed` alone tells nobody anything. */
export function messageOf(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error; cause !== undefined && cause !== null && messages.length < 5;) {
    const { message, errors } = cause as { message?: string; errors?: unknown[] };
    // Of several addresses that were tried, each has failed for a reason of its own; the first stands for all.
    const said = message || ((errors?.[0] as Error | undefined)?.message ?? 'an unknown error');
    if (!messages.some((earlier) => earlier.includes(said))) messages.push(said);
    cause = (cause as { cause?: unknown }).cause ?? errors?.[0];
  }
  return messages.join(': ');
}

/** What helps against errors that many commands can meet. */
export function remedyOf(error: unknown): string | undefined {
  if (error instanceof CommandFailed) return error.remedy;
  for (let cause = error as Fault | undefined, depth = 0; cause && depth < 5; cause = cause.cause, depth++) {
    const { name, code, message, type } = cause.errors?.[0] ?? cause;
    if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT') {
      return 'Start the platform (npm start), or name the address by environment: DATABASE_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL …';
    }
    if (name === 'RegistryUnavailable') return 'Is the schema registry running, and SCHEMA_REGISTRY_URL right?';
    if (name === 'StoreUnavailable')
      return 'Is Postgres running, and ORDERS_DATABASE_URL (of verify, VERIFY_DATABASE_URL) right?';
    if (name === 'DamagedHead')
      return (
        'Somebody wrote that time past every guard: `orderlog verify` names the fact. Put it back as the topic or a backup has ' +
        'it, or put the database back from a backup and run `orderlog recover`.'
      );
    // The last is what kafkajs says, as a plain Error, of a broker that took the connection and never answered.
    const unanswered = ['KafkaJSConnectionError', 'KafkaJSNumberOfRetriesExceeded', 'KafkaJSRequestTimeoutError'];
    if (unanswered.includes(name ?? '') || message === 'Broker not connected') {
      return 'Is Kafka running, and KAFKA_BROKERS right?';
    }
    if (code === 'future-schema-version' || code === 'unknown-event-type')
      return 'The store holds facts of a newer release: use the one that wrote them, or newer. `orderlog facts check` names them.';
    if (code === '28P01' || code === '28000')
      return 'Are user and password in the database’s URL right? `orderlog migrate` sets those of the roles.';
    if (code === '42501' || code === '25006')
      return (
        'The user in the database’s URL may not do this. `orderlog migrate` gives the roles their rights: ORDERS_DATABASE_URL ' +
        'is of role orders, VERIFY_DATABASE_URL of verify.'
      );
    if (code === '57P01' || code === '57P03' || lostConnections.includes(message ?? ''))
      return 'Is Postgres running, and the database’s URL right? What was done stays; run it again.';
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
      return 'Are TOPIC_PREFIX and KAFKA_BROKERS right? `orderlog topics create` makes topics that are missing.';
    if (code === '3D000' || code === '3F000' || code === '42P01')
      return 'Run `orderlog migrate` first: it makes the database and its tables.';
  }
  return undefined;
}

/** What pg says, as a plain Error, of a connection that went or never came. */
const lostConnections = [
  'Connection terminated unexpectedly',
  'timeout expired',
  'Connection terminated due to connection timeout',
];

interface Fault {
  name?: string;
  code?: string;
  /** Kafka's name for its error. */
  type?: string;
  message?: string;
  cause?: Fault;
  errors?: Fault[];
}
