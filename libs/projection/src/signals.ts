/** What a projection says of itself, for an app's one list of signals. */
export const projectionSignals = {
  'projection.assigned': {
    level: 'info',
    fields: ['topic', 'partition', 'from', 'reached'],
    says: 'reads a partition from here; behind `reached` it replaces what these events had produced',
  },
  'projection.hole': {
    level: 'error',
    fields: ['topic', 'partition', 'from', 'to'],
    says: 'the group stands ahead of what was read: these messages were never seen',
    then: 'reset the group back to the first offset of the hole',
  },
  'projection.batch': {
    level: 'debug',
    fields: ['topic', 'partition', 'messages', 'rows', 'next', 'tookMs'],
    says: 'a batch was written',
  },
  'projection.waiting': {
    level: 'warn',
    fields: ['what', 'partition', 'error'],
    says: 'a part is away: nothing is skipped, the batch is tried again until the part is back',
    then: 'bring it back',
  },
  'projection.went-on': { level: 'info', fields: ['what', 'partition', 'waitedMs'], says: 'the part is back' },
  'projection.parked': {
    level: 'error',
    fields: ['stream', 'topic', 'partition', 'offset', 'error'],
    says: 'a message cannot be read or written: its order waits, the others go on',
    then: 'mend the cause, then let it through: POST /projection/parked/:orderId/retry',
  },
  'projection.too-many-parked': {
    level: 'error',
    fields: ['parked', 'limit'],
    says: 'so many orders are parked that the fault is hardly theirs: paused',
    then: 'mend the cause, then let the orders through',
  },
  'projection.released': { level: 'info', fields: ['stream', 'messages'], says: 'a parked order was let through' },
  'projection.unknown-type': {
    level: 'warn',
    fields: ['type', 'topic', 'partition', 'offset'],
    says: 'a type of event, or a version of its shape, that this release does not know; remembered, and passed over',
    then: 'upgrade, then read again from this offset',
  },
  'projection.partition-lost': {
    level: 'warn',
    fields: ['topic', 'partition'],
    says: 'another member has the partition: nothing of the batch was written',
    then: 'nothing, if rare',
  },
  'projection.dead-letter-failed': {
    level: 'warn',
    fields: ['topic', 'error'],
    says: 'copies of parked messages could not be sent; they wait in the database and are sent later',
    then: 'see that the topic exists',
  },
  'projection.session-ended': {
    level: 'warn',
    fields: ['retryInMs', 'error'],
    says: 'has left its group because of an error, and joins again',
  },
  'projection.gave-up': {
    level: 'error',
    fields: ['error'],
    says: 'joining again in this process is not known to help: the process leaves, to be started again',
  },
  'projection.stopped': { level: 'info', fields: [], says: 'has left its group, as it was told' },
  'projection.started': { level: 'info', fields: [], says: 'joins its group again' },
} as const;

export type ProjectionSignal = keyof typeof projectionSignals;

/** Says a signal of the list above; an app gives its own log. */
export type SaySignal = (name: ProjectionSignal, fields: Record<string, unknown>) => void;
