import { startService, type RunningService } from '@orderlog/service-kit';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { log } from './signals.js';

const about = `
Facts travel from the outbox to Kafka: at least once, per order in the order of its versions. Several relays share the
partitions, and one that dies or is paused is replaced within seconds.
`;

/** The whole service on the addresses of its config. */
export const startOutboxRelay = (config: Config, options: { stopOnSignals: boolean }): Promise<RunningService> =>
  startService({
    name: 'outbox-relay',
    about,
    module: AppModule.with(config),
    host: config.host,
    port: config.port,
    log,
    stopOnSignals: options.stopOnSignals,
  });
