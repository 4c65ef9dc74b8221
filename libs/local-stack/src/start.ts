/**
 * What `npm start` hands over to: the whole platform on this machine, until it is told to stop (Ctrl-C, SIGTERM, or the
 * end of the process that started it).
 */
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deploy } from './deploy-step.js';
import { ownHome } from './home.js';
import { startInfrastructure, withoutPassword, type Addresses } from './infrastructure.js';
import { LiveNumbers } from './live-numbers.js';
import { alreadyRuns, becomeSupervisor, beginToStop, haveStopped, otherSupervisor } from './one-at-a-time.js';
import type { Part } from './part.js';
import { appParts, appUrls } from './parts/apps.js';
import { readSettings, refuseTakenPorts, type Settings } from './settings.js';
import { Supervisor } from './supervisor.js';

const numbersEveryMs = 15_000;
const startedAt = Date.now();
const home = ownHome();

const say = (name: string, sentence: string) => {
  process.stdout.write(`${new Date().toTimeString().slice(0, 8)}  ${name.padEnd(18)}  ${sentence}\n`);
};
process.stdout.on('error', () => undefined); // nobody reads us any more, which is no reason to stop

const other = (await otherSupervisor(home.run)) ?? becomeSupervisor(home.run);
if (other) {
  process.stderr.write(alreadyRuns(other));
  process.exit(1);
}

const supervisor = new Supervisor(home, say);
const stopped = new AbortController();

/** Once: in order. A second time, more than a moment later: at once. */
let stopAskedAt: number | undefined;
function stop(why: string, exitCode: number): void {
  if (stopAskedAt !== undefined) {
    // Ctrl-C reaches us twice in a moment: from the terminal and from npm.
    if (Date.now() - stopAskedAt > 1_000) supervisor.kill();
    return;
  }
  stopAskedAt = Date.now();
  stopped.abort();
  beginToStop(home.run);
  say('orderlog', `${why}: stops everything in order`);
  void supervisor.stop().then(() => {
    haveStopped(home.run);
    process.exit(exitCode);
  });
}
process.on('SIGINT', () => stop('Ctrl-C', 0));
process.on('SIGTERM', () => stop('SIGTERM', 0));
process.on('disconnect', () => stop('the program that started this has ended', 0));
process.on('uncaughtException', (error) => {
  say('orderlog', error.stack ?? error.message);
  stop('an error of its own', 1);
});

try {
  const settings = readSettings(process.env);
  await supervisor.endLeftovers();
  await refuseTakenPorts(settings);
  const addresses = await startInfrastructure(supervisor, {
    home,
    ports: settings.infrastructure,
    database: 'orderlog',
    given: settings.given,
  });
  const apps = appParts({ settings, addresses, workloadArguments: process.argv.slice(2) });
  await deploy(supervisor, addresses, apps);
  const [workload, services] = [apps.filter(isWorkload), apps.filter((app) => !isWorkload(app))];
  await Promise.all(services.map((app) => supervisor.start(app)));
  await Promise.all(workload.map((app) => supervisor.start(app)));
  sayWhereEverythingIs(settings, addresses);
  process.send?.({ ready: { ...addresses, ...appUrls(settings) } });
  await sayNumbers(settings, addresses);
} catch (error) {
  if (!stopped.signal.aborted) {
    process.stderr.write(`\n${(error as Error).message}\n\n`);
    stop('it could not start', 1);
  }
}

/** It sends orders from its first moment on, so it comes last. */
function isWorkload({ stage }: Part): boolean {
  return stage === 'workload';
}

function sayWhereEverythingIs(settings: Settings, addresses: Addresses): void {
  const urls = appUrls(settings);
  process.stdout.write(`
orderlog is ready, ${((Date.now() - startedAt) / 1000).toFixed(1)} s after its start.

  console             http://127.0.0.1:${settings.ports.CONSOLE_PORT}
  order-service       ${urls['ORDERS_URL']}/docs
  outbox-relay        ${urls['RELAY_URL']}/docs
  revenue-projection  ${urls['REVENUE_URL']}/docs
  audit-projection    ${urls['AUDIT_URL']}/docs
  Postgres            ${settings.given.DATABASE_URL ? withoutPassword(addresses.DATABASE_URL) : addresses.DATABASE_URL}
  Kafka               ${addresses.KAFKA_BROKERS}
  registry            ${addresses.SCHEMA_REGISTRY_URL}
  logs                ${relative(process.cwd(), home.logs) || home.logs}

What happened to Order #8471? Ask:

  curl -s ${urls['ORDERS_URL']}/orders/8471/events

Ctrl-C stops everything and keeps the data; npm run reset forgets it.

`);
}

async function sayNumbers(settings: Settings, addresses: Addresses): Promise<void> {
  const numbers = new LiveNumbers(addresses, appUrls(settings));
  while (!stopped.signal.aborted) {
    await sleep(numbersEveryMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    if (!stopped.signal.aborted) say('now', await numbers.line());
  }
  await numbers.close();
}
