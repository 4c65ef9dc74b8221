import { runMain } from '@orderlog/service-kit';
import { readOrderServiceConfig } from './config.js';
import { log } from './signals.js';
import { startOrderService } from './start-order-service.js';

await runMain(log, async () => {
  const config = readOrderServiceConfig(process.env);
  log.setLevel(config.logLevel);
  await startOrderService(config, { stopOnSignals: true });
});
