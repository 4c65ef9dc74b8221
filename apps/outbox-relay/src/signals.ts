import { kitSignals, signalLog, type Signals } from '@orderlog/service-kit';

/** All that the relay says of itself. */
export const signals = {
  ...kitSignals,
  'relay.lease-taken': { level: 'info', fields: ['partition', 'token'], says: 'this relay sends the partition now' },
  'relay.lease-released': {
    level: 'info',
    fields: ['partition', 'because'],
    says: 'the partition is free for another relay',
  },
  'relay.lease-lost': {
    level: 'warn',
    fields: ['partition'],
    says: 'another relay has the partition',
    then: 'nothing, if rare; often: this process is paused or starved for longer than RELAY_LEASE_MS',
  },
  'relay.fenced': {
    level: 'warn',
    fields: ['partition'],
    says: 'Kafka took nothing from this relay, because another one has written under a newer epoch',
    then: 'nothing: this is the fence at work',
  },
  'relay.sent': { level: 'debug', fields: ['partition', 'rows', 'bytes', 'lastSeq'], says: 'rows are in Kafka' },
  'relay.kafka-away': {
    level: 'warn',
    fields: ['partition', 'error'],
    says: 'Kafka does not acknowledge; rows wait in the outbox, orders are taken all the same',
    then: 'look at Kafka; everything waiting is sent when it is back',
  },
  'relay.kafka-back': { level: 'info', fields: ['awayMs'], says: 'Kafka acknowledges again' },
  'relay.postgres-away': {
    level: 'warn',
    fields: ['error'],
    says: 'Postgres does not answer, or refuses; nothing is sent',
    then: 'look at Postgres; the relay goes on by itself',
  },
  'relay.postgres-back': { level: 'info', fields: ['awayMs'], says: 'Postgres answers again' },
  'relay.late-row': {
    level: 'warn',
    fields: ['partition', 'seq'],
    says: 'a row became visible later than RELAY_WRITERS_LIMIT_MS allows; it is sent now',
    then: 'look for a writer without transaction_timeout; after a store was put back: restart the relays',
  },
  'relay.unexpected': {
    level: 'error',
    fields: ['partition', 'error', 'retryInMs'],
    says: 'an error that nobody expected; all is tried again from the first row that is still there',
    then: 'report it with the lines before it',
  },
  'relay.blocked': {
    level: 'error',
    fields: ['partition', 'seq', 'topic', 'key', 'reason', 'retryInMs'],
    says: 'Kafka refuses this one row for what it is; the partition waits at it, because skipping it would lose a fact',
    then: 'mostly a topic that is missing or takes smaller messages than before: mend the topic, and the relay goes on by itself',
  },
  'relay.unblocked': {
    level: 'info',
    fields: ['partition', 'seq', 'blockedMs'],
    says: 'the row that was refused is no longer in the way: Kafka took it, or a person took it out of the outbox',
  },
  'relay.topics-differ': {
    level: 'error',
    fields: ['differences'],
    says: 'the topics are not what they have to be; nothing is changed, and sending goes on where it can',
    then: 'run `orderlog topics check`; another partition count means topics of another version, never an added partition',
  },
  'relay.topics-as-they-should-be': { level: 'info', fields: [], says: 'the topics are what they have to be again' },
  'relay.child-dropped': { level: 'info', fields: ['child'], says: 'a drained part of the outbox was dropped' },
} as const satisfies Signals;

export const log = signalLog('outbox-relay', signals);
