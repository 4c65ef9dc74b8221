import { startService, type RunningService } from '@orderlog/service-kit';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { problemOf } from './orders/away.js';
import { log } from './signals.js';

const about = `
An order is a sequence of facts. Tell it what should happen (**commands**), and ask what it was at any instant.

- Amounts are whole numbers of **minor units** (pence, cents) beside an ISO 4217 currency.
- Send an \`Idempotency-Key\` with every command: the same key and request has one effect, and the same answer.
- Every answer has the order's version as its \`ETag\`; send it as \`If-Match\` where the order must not have changed.
- What is refused is \`application/problem+json\`, with a stable \`type\` and what to do next.

The story to try: place order 8471 at 89.99, apply SAVE10 for 10.00, capture 79.99, refund 20.00, then read its events.
`;

/** The whole service on the addresses of its config. */
export const startOrderService = (config: Config, options: { stopOnSignals: boolean }): Promise<RunningService> =>
  startService({
    name: 'order-service',
    about,
    module: AppModule.with(config),
    host: config.host,
    port: config.port,
    log,
    problemOf,
    drainLimitMs: config.drainLimitMs,
    stopOnSignals: options.stopOnSignals,
  });
