import { kitSignals, signalLog, type Signals } from '@orderlog/service-kit';

/** What order-service says of itself: logs, metrics, tests and docs/operations.md read this one list. */
export const signals = {
  ...kitSignals,
  'orders.conflict': {
    level: 'debug',
    fields: ['orderId', 'expectedVersion', 'actualVersion'],
    says: 'another process was at this order first; it is decided again',
  },
  'orders.lost-race': {
    level: 'warn',
    fields: ['orderId', 'tries'],
    says: 'another process was first every time; the caller got 409',
    then: 'look whether two processes serve the same order without need',
  },
  'orders.newer-fact': {
    level: 'warn',
    fields: ['reason'],
    says: 'an order has a fact of a newer release than this one; the caller got 503',
    then: 'deploy the release that wrote it, or newer',
  },
  'snapshots.failed': {
    level: 'warn',
    fields: ['orderId', 'version', 'reason'],
    says: 'a state could not be kept; said once until one can be. Every answer is the same, and takes longer',
    then: 'see whether Postgres has room, and whether the state is too large to be kept',
  },
  'snapshots.untrue': {
    level: 'error',
    fields: ['orderId', 'version', 'reason'],
    says: 'a kept state is not that of its order’s facts: it was not used, and is thrown away',
    then: 'run `orderlog verify --order ID`, and find out who can write to orders.snapshots',
  },
  'snapshots.not-cleared': {
    level: 'warn',
    fields: ['reason'],
    says: 'kept states that are of no use could not be thrown away; they are not read, and the next start tries again',
    then: 'nothing, if Postgres was away',
  },
  'orders.attempt': {
    level: 'info',
    fields: ['orderId', 'code', 'commandId'],
    says: 'a refused command that an audit wants to hear of was recorded',
  },
  'customers.forgotten': {
    level: 'info',
    fields: ['keys', 'orders'],
    says: 'keys of a customer were destroyed, and orders that held something sealed with them say so',
  },
  'customers.erasure-unfinished': {
    level: 'warn',
    fields: ['reason'],
    says: 'a customer’s key is destroyed, and not all of their orders say so yet; it will be tried again',
    then: 'look at the reason; where it is the store or the topic, mend that first',
  },
  'customers.keys-not-wiped': {
    level: 'warn',
    fields: ['reason'],
    says: 'keys that were destroyed still stand in the table’s file as dead rows; it will be tried again',
    then: 'end the oldest transaction (pg_stat_activity.backend_xmin), or an unused replication slot',
  },
  'customers.keys-returned': {
    level: 'warn',
    fields: ['keys'],
    says: 'keys that were destroyed had come back, as after a restore from a backup; they were destroyed again',
    then: 'nothing here; see to the other copies of that backup',
  },
  'customers.keys-wrapped': {
    level: 'info',
    fields: ['keys', 'unopened'],
    says: 'ORDERS_CUSTOMER_KEY_ALSO is set: so many keys were wrapped anew, and so many are wrapped with neither',
    then: 'the older key may be destroyed once every process has the newer one first, and one that starts says 0 and 0 (erasing-a-person.md)',
  },
  'schemas.kept': { level: 'info', fields: ['subject', 'id'], says: 'the registry’s id is kept in Postgres' },
  'schemas.waiting': {
    level: 'warn',
    fields: ['reason'],
    says: 'no command can be taken: the ids of the schemas are not known yet',
    then: 'start the registry and run `orderlog schemas register`',
  },
  'schemas.unchecked': {
    level: 'warn',
    fields: ['reason'],
    says: 'started on the kept ids of the schemas; the registry will be asked again',
    then: 'start the registry',
  },
  'schemas.differ': {
    level: 'error',
    fields: ['subject', 'reason'],
    says: 'the registry knows these schemas under other ids than the messages that were written',
    then: 'bring the registry’s database back; other ids would make old messages unreadable',
  },
  'store.does-not-fit': {
    level: 'error',
    fields: ['reason'],
    says: 'this release cannot work with what the store holds: it does not start, or takes no command',
    then: 'run `orderlog migrate`, or deploy the release that wrote the facts, or newer; the reason says which',
  },
  'facts.from-newer-release': {
    level: 'error',
    fields: ['type', 'schemaVersion', 'position'],
    says: 'a newer release writes facts that this one cannot read; their orders are answered with 503, all others as ever',
    then: 'let the newer release take over: a moment while it is deployed, and no state to stay in',
  },
  'store.checked': { level: 'info', fields: ['position', 'topicPosition'], says: 'the store is not behind its topic' },
  'store.unchecked': {
    level: 'warn',
    fields: ['reason'],
    says: 'the topic cannot say whether the store is behind it',
    then: 'start Kafka; ORDERS_TAKE_UNCHECKED=true takes orders all the same',
  },
  'store.behind': {
    level: 'error',
    fields: ['position', 'topicPosition'],
    says: 'the store is behind its own topic: it was put back from a backup. No command is taken',
    then: 'run `orderlog recover`, which brings the missing facts back from the topic',
  },
} as const satisfies Signals;

export const log = signalLog('order-service', signals);
