/** # event-store: facts in Postgres */
export * from './store.js';
