/**
 * # service-kit: what each app needs to be a good citizen
 * An app says what it is, and gets what all apps have: a config that refuses misspelt names, one list of signals that
 * its log, its metrics and its tests read, `/health/live`, `/health/ready`, `/metrics`, `/openapi.json`, `/docs`,
 * answers in problem+json, inputs that are never unread, ids that tie requests together, and an orderly end.
 *
 *     // config.ts
 *     export const config = (env: NodeJS.ProcessEnv) =>
 *       readConfig({ app: 'outbox-relay', env, prefix: 'RELAY_', own: { RELAY_PORT: port(7002) } });
 *     // signals.ts
 *     export const log = signalLog('outbox-relay', {
 *       ...kitSignals,
 *       'relay.lease-lost': { level: 'warn', fields: ['partition', 'heldMs'], says: 'another relay has the partition' },
 *     });
 *     log('relay.lease-lost', { partition: 3, heldMs: 14_200 });
 *     // main.ts
 *     await runMain(log, async () => {
 *       const { RELAY_PORT, BIND_HOST } = config(process.env);
 *       await startService({ name: 'outbox-relay', about: '…', module: AppModule, host: BIND_HOST, port: RELAY_PORT, log });
 *     });
 *     // anywhere in the module: Health and Metrics are injected
 *     health.add({ name: 'postgres', check: async () => { await pool.query('select 1'); }, timeoutMs: 1_000 });
 *
 * Promised: every wait has a limit; what is not expected is 500 without a word of its message; a log line holds the
 * fields of its signal and nothing else. Not promised: spans; `traceparent` is passed on, not extended.
 * Start reading at start/start-service.ts.
 */
export * from './config/read-config.js';
export * from './docs/docs.js';
export * from './health/health.js';
export * from './inputs/described-inputs.js';
export { pageLimit, wholeNumber } from './inputs/whole-number.js';
export * from './metrics/metrics.js';
export { ApiProblems } from './problems/api-problems.js';
export * from './problems/problem.js';
export * from './problems/problem-body.js';
export * from './signals/kit-signals.js';
export * from './signals/signal-log.js';
export { signalsSection, withSignalsSection } from './signals/signals-page.js';
export * from './start/start-service.js';
export * from './tracing/request-ids.js';
export * from './within.js';
