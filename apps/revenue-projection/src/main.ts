import { runMain } from '@orderlog/service-kit';
import { readRevenueConfig } from './config.js';
import { log } from './signals.js';
import { startRevenueProjection } from './start-revenue-projection.js';

await runMain(log, async () => {
  const config = readRevenueConfig(process.env);
  log.setLevel(config.logLevel);
  await startRevenueProjection(config, { stopOnSignals: true });
});
