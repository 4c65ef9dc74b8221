/**
 * # event-store: facts in Postgres
 * A stream is a list of facts with versions 1, 2, 3 …. Who appends says which version it has seen; who comes second gets
 * `conflict` with the actual one, and nothing of it is written. Messages of the same append wait in the outbox, in the same
 * transaction. The store knows no order: a stream is a text, a fact a type and some JSON.
 *
 *     await migrateEventStore(ownerUrl);                                    // schema `orders`, roles `orders` and `relay`
 *     const store = new EventStore({ connectionString });                   // as role `orders`
 *     const events = await store.read('order-8471');
 *     const result = await store.append({
 *       stream: 'order-8471',
 *       expectedVersion: events.length,                                     // or 'none', 'exists', 'any'
 *       events: [{ type: 'LampLit', schemaVersion: 1, data: { watts: 40 }, metadata: { actor: 'keeper' }, occurredAt }],
 *       messages: (recorded) => recorded.map(publish),                      // their position, times and hashes are known here
 *       command: { scope: 'POST /lamps', key: idempotencyKey, requestHash, status: 201 },
 *     });
 *     switch (result.outcome) {
 *       case 'appended':       // result.version, result.events as they are kept
 *       case 'conflict':       // result.actualVersion: read on from there, decide again
 *       case 'known-command':  // done before: result.version, and whether it was the same request
 *       case 'refused':        // malformed, too large, or its messages cannot be made: result.error says why
 *     }
 *
 * ## Promised
 * - An append is kept whole (facts, messages, command) or not at all, and it is on disk when it is answered.
 * - Versions without gaps; positions over the whole store 1, 2, 3 … without holes, in the order of commit, so that a reader
 *   needs nothing but `position > cursor`; `recordedAt` grows with the position, always.
 * - A command with a key is done once. When the answer to a commit is lost, the store finds out what became of it; only if
 *   that takes longer than `appendTimeoutMs` does the caller hear `StoreUnavailable` with outcome `unknown`.
 * - Each fact's hash covers what it says and the hash before it in its stream (canonical-bytes.ts says which bytes).
 * - What arrives at the same time shares one commit, and none of it fails because of another. Any number of processes.
 * - Nothing is recorded behind a time that cannot be true: where somebody has written one, appends fail with `DamagedHead`
 *   until it is put right, and then go on.
 * - Several streams are kept all or not at all where that is asked for (`appendTogether`).
 * - What was known at an instant stays so, once it is settled (`settle`), whichever process appends and whatever its clock says.
 * - Who has lost a race may have the next append decided again under the lock (`overtaken`), so that nobody loses for ever.
 * - Outbox rows have `seq` in the order of commit: all are drawn under the store's lock.
 * - A store that was put back from a backup gets what it lost as it was, where somebody has kept it (`restoreEvents`, under
 *   `underAppendLock`), and a stream's messages can be sent once more with nothing overtaking them (`sendAgain`).
 *
 * ## Not promised
 * Order between streams, beyond that of their positions. Keys of `data` whose value is null: they are left out. A message's
 * delivery: that is the relay's. Snapshots: a cache.
 *
 * ## Where to read
 * append: group-append.ts (who shares a batch, hopeful and careful), batch.ts (numbering, chaining, every answer),
 * migrations/0011_append_by_copy.sql (what Postgres looks at under the lock). Why so: docs/decisions/0001, 0003, 0010, 0011, 0023, 0024.
 */
export { underAppendLock } from './append-lock.sql.js';
export { canonicalDocument, chainHash, hashOf, noHash, type Hashable } from './canonical-bytes.js';
export { canonicalJson } from './canonical-json.js';
export { DamagedFact } from './damaged-fact.js';
export { DamagedHead } from './damaged-head.sql.js';
export { EventStore, type EventStoreOptions } from './event-store.js';
export type { StreamPage } from './list-streams.sql.js';
export { eventStoreMigrations, migrateEventStore } from './migrate-event-store.js';
export { newId } from './new-id.js';
export { outboxHeaders, type OutboxHeader } from './outbox-headers.js';
export type { StreamRange } from './read-events.sql.js';
export type { Head } from './read-head.sql.js';
export { DoesNotFollow, restoreEvents } from './restore-events.js';
export type { StoredShape } from './shapes.sql.js';
export { StoreUnavailable } from './store-unavailable.js';
export type * from './store.js';
export { whatIsWrongWith } from './whole-store-check.js';
