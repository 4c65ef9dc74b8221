/**
 * # local-stack: Postgres, Kafka and the registry on this machine
 * The real parts, as processes, for `npm start` and for tests. A part (parts/*.ts) is data: how to start it, how to
 * know that it is ready, how long to wait. One supervisor (supervisor.ts) starts parts, starts again those that die,
 * and stops them in order. Who was killed before it could stop anything is cleaned up after at the next start
 * (processes.ts says how a pid is known to be ours).
 *
 * Tests called `*.stack.spec.ts` find a stack in DATABASE_URL, KAFKA_BROKERS and SCHEMA_REGISTRY_URL, and share it: each
 * makes what it needs under names of its own.
 *     const database = await createDatabase();
 *     await migrate(database.connectionString, [join(repository, 'libs/event-store/migrations')]);
 *     const prefix = topicPrefix();
 *     await eventually({ withinMs: 10_000 }, async () => expect(await revenueOf(order)).toEqual(gbp(89_99)));
 *     await database.drop();
 * Tests of the whole run the program of `npm start` itself (start.ts), with ORDERLOG_HOME for its data and a channel
 * over which it says that it is ready, and by whose end it stops: e2e/src/platform.ts.
 * Start reading at infrastructure.ts.
 */
export { repository } from './home.js';
export { freePorts } from './ports.js';
export type { Addresses } from './infrastructure.js';
export { createDatabase, migrate, type TestDatabase } from './test-kit/database.js';
export { eventually } from './test-kit/eventually.js';
export { livedMs } from './test-kit/lived.js';
export { kafkaTool } from './test-kit/kafka-tools.js';
export { ownDirectory } from './test-kit/own-directory.js';
export { ownPostgres, type OwnPostgres } from './test-kit/own-postgres.js';
export { stackAddresses, topicPrefix } from './test-kit/stack.js';
