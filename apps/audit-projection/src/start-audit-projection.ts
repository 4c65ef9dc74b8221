import { batchTransports, openProjection, partAway } from '@orderlog/projection-service';
import { startService, type RunningService } from '@orderlog/service-kit';
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
    problemOf: partAway,
    transports: batchTransports,
    drainLimitMs: config.drainLimitMs,
    stopOnSignals: options.stopOnSignals,
  });
  openProjection(service);
  service.app.get(Checkpoints).start();
  return service;
}
