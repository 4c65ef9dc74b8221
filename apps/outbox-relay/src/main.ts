import { runMain } from '@orderlog/service-kit';
import { readRelayConfig } from './config.js';
import { log } from './signals.js';
import { startOutboxRelay } from './start-outbox-relay.js';

await runMain(log, async () => {
  const config = readRelayConfig(process.env);
  log.setLevel(config.logLevel);
  await startOutboxRelay(config, { stopOnSignals: true });
});
