/** # event-store: facts in Postgres */
export { EventStore, type EventStoreOptions } from './event-store.js';
export { canonicalDocument, chainHash, hashOf, noHash, type Hashable } from './canonical-bytes.js';
export { canonicalJson } from './canonical-json.js';
export type { StreamPage } from './list-streams.sql.js';
export { eventStoreMigrations, migrateEventStore } from './migrate-event-store.js';
export { outboxHeaders, type OutboxHeader } from './outbox-headers.js';
export type { StreamRange } from './read-events.sql.js';
export type { Head } from './read-head.sql.js';
export { StoreUnavailable } from './store-unavailable.js';
export type * from './store.js';
