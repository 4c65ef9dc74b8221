import { batchTransports, openProjection, partAway } from '@orderlog/projection-service';
import { startService, type RunningService } from '@orderlog/service-kit';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { log } from './signals.js';

const about = `
What was captured and given back, by SKU, day and currency, counted from the facts on \`orders.events.v1\`.

- Amounts are whole numbers of **minor units** (pence, cents). Days are **UTC**.
- A capture counts on its day; a refund on the day it is initiated.
- It may be read again from any offset at any time: reset the group with any tool while it is stopped
  (\`POST /projection/stop\`, then \`POST /projection/start\`). What the facts had produced is replaced, never added to.

The question to try: \`GET /revenue?groupBy=sku&days=90\`.
`;

/** The whole service on the addresses of its config. */
export async function startRevenueProjection(
  config: Config,
  options: { stopOnSignals: boolean },
): Promise<RunningService> {
  const service = await startService({
    name: 'revenue-projection',
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
  return service;
}
