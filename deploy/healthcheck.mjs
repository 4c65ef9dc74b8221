/**
 * The image's HEALTHCHECK: asks the app of this container whether it is ready. 0: it is; 1: it is not, and why.
 * Plain JavaScript without a dependency: it runs every few seconds, and must work when nothing else does.
 */
const listens = {
  'order-service': ['ORDERS_PORT', 7001],
  'outbox-relay': ['RELAY_PORT', 7002],
  'revenue-projection': ['REVENUE_PORT', 7003],
  'audit-projection': ['AUDIT_PORT', 7004],
  console: ['CONSOLE_PORT', 7000],
};

const where = listens[process.env.APP];
if (!where) {
  process.stdout.write(`${process.env.APP} does not listen: there is nothing to ask.\n`);
  process.exit(0);
}
const [variable, standard] = where;
const url = `http://127.0.0.1:${process.env[variable] || standard}/health/ready`;
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  process.stdout.write(`${answer.status} ${await answer.text()}\n`);
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  process.stdout.write(`${url}: ${error.cause?.message ?? error.message}\n`);
  process.exit(1);
}
