import { BatchServer } from '@orderlog/kafka';
import { isPartAway, ProjectionRuntime } from '@orderlog/projection';
import { startService, unavailable, type Problem, type RunningService } from '@orderlog/service-kit';
import { AppModule } from './app.module.js';
import { Checkpoints } from './checkpoints/checkpoints.js';
import type { Config } from './config.js';
import { log } from './signals.js';

const about = `
Everything that happened to every order, as the topics told it, and what is wrong with it.

- It keeps each fact and each refused attempt, computes every hash again, and checks every order's chain.
- Positions are dense over the whole store: \`GET /audit/integrity\` says whether any was never seen.
- It signs what it has seen: \`GET /audit/checkpoints\`, and \`GET /audit/orders/:orderId/proof\` proves a fact against it.
- It is a witness of its own: it reads the topics, and nobody's tables.

The question to try: \`GET /audit/orders/8471\`.
`;

/** The whole service on the addresses of its config. */
export async function startAuditProjection(
  config: Config,
  options: { stopOnSignals: boolean },
): Promise<RunningService> {
  const service = await startService({
    name: 'audit-projection',
    about,
    module: AppModule.with(config),
    host: config.host,
    port: config.port,
    log,
    problemOf,
    transports: (app) => [app.get(BatchServer)],
    drainLimitMs: config.drainLimitMs,
    stopOnSignals: options.stopOnSignals,
  });
  service.app.get(ProjectionRuntime).open(service.app.get(BatchServer));
  service.app.get(Checkpoints).start();
  return service;
}

/** The database or Kafka is away, or too slow: an answer of its own, so that nobody takes it for a fault of the question. */
function problemOf(error: unknown): Problem | undefined {
  if (!isPartAway(error)) return undefined;
  return unavailable('part-away', 'A part that this answer needs is away; try again.', { cause: error });
}
